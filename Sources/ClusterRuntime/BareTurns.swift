// How a rank of the bare engine waits for bytes. One that sleeps has to be woken for the next frame,
// by its sender, on the clock: with small frames that is a quarter of what sending costs. So it
// turns, and lets the others have the core whenever a turn has brought nothing. With big messages,
// which wait for room in sockets, turning costs more than it saves.

import ClusterModel
import EventLoop
import Exchange

/// Turns without sleep, from the start of an exchange to its end.
final class BareTurns {
    /// After so many nanoseconds without a byte it sleeps: who is to send may be stopped.
    private static let patience: Int64 = 20_000_000
    /// For so many nanoseconds it turns by itself before the loop has its turn.
    private static let stretch: Int64 = 500_000

    private let turns: TurnWatcher
    /// Does what is due for all that has come in a turn.
    var onTurn: (() -> Void)?
    private(set) var isActive = false
    private var hasNews = false
    private var newsAt: Int64 = 0
    /// Bytes that are to come in the present step, by peer.
    private var owed: [Int] = []
    /// Who is read from in every turn: to ask the kernel first who has sent something costs more
    /// than to try.
    private var sources: [MeshLink] = []

    init(on loop: Loop) throws(LoopError) {
        turns = try TurnWatcher(on: loop)
        turns.onTurn = { [unowned self] in turn() }
    }

    /// A step is loaded: so much will come.
    func expect(_ program: RankProgram, world: Int) {
        owed = Array(repeating: 0, count: world)
        for stage in program.stages {
            for stream in stage.exchange?.receives ?? [] {
                owed[stream.peer.index] += stream.run.bytes
            }
        }
    }

    /// Payload has come.
    func took(_ bytes: Int, from peer: Rank) {
        guard owed.indices.contains(peer.index) else { return }
        owed[peer.index] -= bytes
    }

    /// Turns from now on, and reads from those of the links whose peers owe something.
    func start(reading links: [MeshLink]) {
        guard !isActive else { return }
        isActive = true
        newsAt = Loop.hostNanoseconds
        sources = links
        forgetSources()
        turns.resume()
    }

    /// Sleeps from now on.
    func stop() {
        isActive = false
        hasNews = false
        sources = []
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
        let end = Loop.hostNanoseconds + Self.stretch
        var now = end
        repeat {
            // First: what this rank has just sent, or read, leaves nothing to read for the moment.
            ThisProcess.yield()
            for link in sources { link.connection.readNow() }
            now = Loop.hostNanoseconds
            if hasNews {
                hasNews = false
                newsAt = now
                forgetSources()
                onTurn?()
            } else if now - newsAt >= Self.patience {
                turns.pause()
                return
            }
        } while isActive && !sources.isEmpty && now < end
    }

    /// Of those who owe nothing.
    private func forgetSources() {
        sources.removeAll { link in
            !owed.indices.contains(link.peer.index) || owed[link.peer.index] <= 0
        }
    }

    func close() {
        stop()
        onTurn = nil
        turns.close()
    }
}
