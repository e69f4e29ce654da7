// What a cluster that stays needs beside its steps: a door for people, and rest between steps in
// which the loop goes on.

import ClusterModel
import EventLoop
import Membership

/// One rank's worker as it is now.
public struct WorkerState: Sendable, Equatable {
    public let rank: Rank
    /// `nil` if there is no process.
    public let process: Int32?
    public let isExcluded: Bool
    /// It has joined and its control connection stands.
    public let isConnected: Bool
    /// How often it has joined.
    public let joined: Int
}

extension Coordinator {
    /// Has requests at a socket file answered until the cluster has ended, whatever it does
    /// meanwhile; `answer` makes a line of a line, both without their ends.
    ///
    /// - Throws: when there can be no socket at `path`.
    public func openDoor(
        at path: String,
        answer: @escaping ([UInt8]) -> String
    ) throws(LoopError) {
        door = try StandingDoor(on: loop, at: path, answer: answer)
    }

    /// Lets time pass between two steps: until an instant of `now`, a failure, which the next
    /// step meets, or `wake`.
    public func rest(until instant: Int64) throws(LoopError) {
        isAwake = false
        try alarms.set(at: instant) { [unowned self] in self.wake() }
        while !isAwake, failure == nil || failureDeadline != nil { loop.run() }
    }

    /// Ends a rest.
    public func wake() {
        isAwake = true
        loop.stop()
    }

    /// Gives up what is under way.
    public func interrupt() { fail(.interrupted) }

    /// Something asks this process to end.
    func interrupted() {
        guard isLeaving || onInterrupt?() ?? true else { return }
        // A cluster that stays ends as its door does it, with all that follows.
        if onInterrupt == nil { ThisProcess.noteInterrupt() }
        fail(.interrupted)
    }

    /// Index = rank.
    public var workerStates: [WorkerState] {
        workers.map { worker in
            WorkerState(
                rank: worker.rank,
                process: processIdentifier(of: worker.rank),
                isExcluded: excluded.contains(worker.rank),
                isConnected: worker.control != nil,
                joined: joins.count { $0.rank == worker.rank }
            )
        }
    }
}
