// What a coordinator does to its own workers when the plan's faults say so.

import ClusterModel
import EventLoop
import Glibc
import Links
import Wire

/// A worker's process that has ended.
public struct ReapedWorker: Sendable {
    public let rank: Rank
    public let process: Int32
    /// 0 if it exited by itself.
    public let signal: Int
    public let code: Int
    /// Host nanoseconds of CLOCK_MONOTONIC.
    public let at: Int64

    init(rank: Rank, end: ProcessEnd) {
        self.rank = rank
        process = end.process
        signal = end.signal
        code = end.status
        at = Loop.hostNanoseconds
    }
}

/// A worker's process to which something was done.
public struct StruckWorker: Sendable {
    public let rank: Rank
    public let process: Int32
    /// Host nanoseconds of CLOCK_MONOTONIC.
    public let at: Int64
}

/// A control connection that has ended.
public struct LostControl: Sendable {
    public let rank: Rank
    /// As this side met it.
    public let reason: String
    /// Host nanoseconds of CLOCK_MONOTONIC.
    public let at: Int64
}

extension Coordinator {
    /// Host nanoseconds of CLOCK_MONOTONIC.
    public static var now: Int64 { Loop.hostNanoseconds }

    /// Has a worker do to its own connections what a fault says.
    public func hurt(_ rank: Rank, _ kind: ConnectionHurt, peers: [Rank], heals: Bool = false) {
        workers[rank.index].send(.hurt(Hurt(kind: kind, peers: peers, heals: heals)))
    }

    /// Kills the processes of these ranks (SIGKILL), whoever has one.
    public func kill(_ ranks: [Rank]) -> [StruckWorker] {
        let struck = ranks.compactMap(struck)
        for worker in struck { workers[worker.rank.index].process?.kill(SIGKILL) }
        return struck
    }

    /// Has a worker exit with a code; `id` is the strike's.
    public func exit(_ rank: Rank, code: Int, id: Int) -> StruckWorker? {
        let worker = struck(rank)
        workers[rank.index].send(.strike(Strike(id: id, deed: .exit(code: code))))
        return worker
    }

    /// Has a worker use up its descriptors but `left`, or, with `nil`, give them back.
    public func holdDescriptors(of rank: Rank, left: Int?, id: Int) -> StruckWorker? {
        let worker = struck(rank)
        let deed = left.map(Strike.Deed.holdDescriptors) ?? .letGo
        workers[rank.index].send(.strike(Strike(id: id, deed: deed)))
        return worker
    }

    /// Ends the control connection of a rank; its worker lives on until it notices.
    public func cutControl(of rank: Rank) -> StruckWorker? {
        let worker = struck(rank)
        workers[rank.index].control?.connection.cut()
        return worker
    }

    /// The process of a rank as it is now; `nil` if there is none.
    func struck(_ rank: Rank) -> StruckWorker? {
        processIdentifier(of: rank).map {
            StruckWorker(rank: rank, process: $0, at: Loop.hostNanoseconds)
        }
    }

    /// A worker tells what it met of a strike.
    func noteStruck(_ struck: Struck, of rank: Rank) {
        guard !struck.refusal.isEmpty else { return }
        refusedCalls[struck.id] = struck.refusal
    }
}
