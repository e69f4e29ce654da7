// How a rank of the bare engine waits for bytes. One that sleeps has to be woken for the next frame,
// by its sender, on the clock: with small frames that is a quarter of what sending costs. So it
// turns, and lets the others have the core whenever a turn has brought nothing. With big messages,
// which wait for room in sockets, turning costs more than it saves.

import EventLoop

/// Turns of the loop without sleep, from the start of an exchange to its end.
final class BareTurns {
    /// After so many nanoseconds without a byte it sleeps: who is to send may be stopped.
    private static let patience: Int64 = 20_000_000

    private let turns: TurnWatcher
    /// Does what is due for all that has come in a turn.
    var onTurn: (() -> Void)?
    private(set) var isActive = false
    private var hasNews = false
    private var newsAt: Int64 = 0

    init(on loop: Loop) throws(LoopError) {
        turns = try TurnWatcher(on: loop)
        turns.onTurn = { [unowned self] in turn() }
    }

    /// Turns from now on.
    func start() {
        guard !isActive else { return }
        isActive = true
        newsAt = Loop.hostNanoseconds
        turns.resume()
    }

    /// Sleeps from now on.
    func stop() {
        isActive = false
        hasNews = false
        turns.pause()
    }

    /// Bytes have come: whether `onTurn` is called for them.
    func came() -> Bool {
        guard isActive else { return false }
        hasNews = true
        turns.resume()
        return true
    }

    private func turn() {
        let now = Loop.hostNanoseconds
        if hasNews {
            hasNews = false
            newsAt = now
            onTurn?()
        } else if now - newsAt < Self.patience {
            ThisProcess.yield()
        } else {
            turns.pause()
        }
    }

    func close() {
        stop()
        onTurn = nil
        turns.close()
    }
}
