// How workers are started when the plan's faults have a say in it.

import ClusterModel
import EventLoop
import Membership

/// How one start of a worker goes.
public enum WorkerStart: Sendable, Equatable {
    case usual
    /// Its process begins so many nanoseconds of host time later.
    case late(by: Int64)
    /// Nothing comes of it, and nobody says so: as with a batch job that never runs.
    case never
    /// Its process exits with this code at once.
    case crashing(code: Int)
}

/// A worker that has joined.
public struct JoinedWorker: Sendable {
    public let rank: Rank
    /// Host nanoseconds of CLOCK_MONOTONIC.
    public let at: Int64
}

extension Coordinator {
    func spawn(_ worker: WorkerHandle, after nanoseconds: Int64) throws(LoopError) {
        let incarnation = worker.incarnation
        try alarms.set(at: Loop.hostNanoseconds + nanoseconds) { [unowned self] in
            // It may have been given up meanwhile.
            guard worker.incarnation == incarnation, !isLeaving else { return }
            do throws(LoopError) {
                try spawn(worker)
            } catch {
                fail(.workerEnded(worker.rank, how: "\(error)", phase: machine.phaseName))
            }
        }
    }
}
