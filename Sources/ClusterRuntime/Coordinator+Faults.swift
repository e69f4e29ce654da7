// What a coordinator does to its own cluster when the plan's faults say so.

import ClusterModel
import EventLoop
import Glibc
import Links
import Wire

/// A worker's process that has ended.
public struct ReapedWorker: Sendable {
    public let rank: Rank
    /// 0 if it exited by itself.
    public let signal: Int
    public let code: Int

    init(rank: Rank, end: ProcessEnd) {
        self.rank = rank
        signal = end.signal
        code = end.status
    }
}

extension Coordinator {
    /// Host nanoseconds of CLOCK_MONOTONIC.
    public static var now: Int64 { Loop.hostNanoseconds }

    /// Has a worker do to its own connections what a fault says.
    public func hurt(_ rank: Rank, _ kind: ConnectionHurt, peers: [Rank], heals: Bool = false) {
        workers[rank.index].send(.hurt(Hurt(kind: kind, peers: peers, heals: heals)))
    }

    /// Kills the processes of these ranks (SIGKILL), whoever has one.
    ///
    /// - Returns: when, in host nanoseconds of CLOCK_MONOTONIC.
    public func kill(_ ranks: [Rank]) -> Int64 {
        let now = Loop.hostNanoseconds
        for rank in ranks { workers[rank.index].process?.kill(SIGKILL) }
        return now
    }
}
