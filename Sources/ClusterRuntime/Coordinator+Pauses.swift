// Workers that a fault stops: SIGSTOP, and SIGCONT after its span of host time. That it took effect
// is shown by a ping that the stopped process leaves unanswered until it goes on or ends.

import ClusterModel
import EventLoop
import Glibc
import Wire

/// A worker that was stopped.
struct PausedWorker {
    let worker: StruckWorker
    /// The ping that was sent right after it stopped.
    let ping: Int
    var continuedAt: Int64?
    var answeredAt: Int64?
}

extension Coordinator {
    /// Stops the process of a rank.
    ///
    /// It goes on after `nanoseconds` of host time; `nil`: never.
    ///
    /// - Returns: the number of the pause; `nil` if there is no process.
    /// - Throws: when there is no timer that could let it go on; nothing was stopped then.
    public func pause(_ rank: Rank, for nanoseconds: Int64?) throws(LoopError) -> Int? {
        guard let struck = struck(rank) else { return nil }
        let number = pauses.count
        if let nanoseconds {
            try alarms.set(at: struck.at + nanoseconds) { [unowned self] in self.goOn(number) }
        }
        workers[rank.index].process?.kill(SIGSTOP)
        pings += 1
        pauses.append(PausedWorker(worker: struck, ping: pings))
        workers[rank.index].send(.ping(count: pings))
        return number
    }

    private func goOn(_ number: Int) {
        let struck = pauses[number].worker
        // What was killed for its silence has left its rank to another process.
        guard processIdentifier(of: struck.rank) == struck.process else { return }
        pauses[number].continuedAt = Loop.hostNanoseconds
        workers[struck.rank.index].process?.kill(SIGCONT)
    }

    func answered(_ ping: Int, by rank: Rank, at now: Int64) {
        let number = pauses.firstIndex { $0.ping == ping && $0.worker.rank == rank }
        if let number { pauses[number].answeredAt = now }
    }

    /// The process that was stopped.
    public func worker(ofPause number: Int) -> StruckWorker { pauses[number].worker }

    /// How long a stopped worker said nothing, in host nanoseconds, until it answered or ended.
    ///
    /// `nil` while that is not over, and for one that answered before it was to go on: it had not
    /// stopped.
    public func silence(ofPause number: Int) -> Int64? {
        let pause = pauses[number]
        if let answered = pause.answeredAt {
            guard let continued = pause.continuedAt, answered >= continued else { return nil }
            return answered - pause.worker.at
        }
        let end = reaped.first { $0.process == pause.worker.process && $0.at >= pause.worker.at }
        return end.map { $0.at - pause.worker.at }
    }
}
