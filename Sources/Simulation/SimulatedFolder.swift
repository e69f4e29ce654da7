// What a simulated run keeps beyond its coordinator: as the folder of a run on a host, it has a step
// once it is written, and what it refuses is written with the next step, or at the end.

import ClusterModel
import Membership

/// A step as the folder has it.
struct StoredStep: Sendable, Equatable {
    var step: Int
    /// Whom it was played without.
    var excluded: Set<Rank>
    /// What each rank got back, index = rank; nothing for those left out.
    var results: [TokenSum]
}

/// The folder of a simulated run.
struct SimulatedFolder: Sendable {
    private(set) var steps: [StoredStep] = []
    /// Steps that it has refused, in order: in the coordinator's memory, and gone with it.
    private var backlog: [StoredStep] = []
    /// What was done by faults, by place, and taken of the ladder when this was written last.
    private(set) var struck: Set<Int> = []
    private(set) var taken: [EarlierMeasure] = []

    /// Writes a step, and before it what was refused.
    ///
    /// - Returns: whether the folder has it.
    mutating func append(_ step: StoredStep, isRefusing: Bool) -> Bool {
        backlog.append(step)
        guard !isRefusing else { return false }
        flush()
        return true
    }

    mutating func flush() {
        steps += backlog
        backlog = []
    }

    /// Its backlog is forgotten.
    mutating func lose() { backlog = [] }

    /// The coordinator is about to be killed: what it knows of faults and measures is written
    /// whatever holds, or each resumed run would meet the same faults again.
    mutating func save(struck: Set<Int>, taken: [EarlierMeasure]) {
        (self.struck, self.taken) = (struck, taken)
    }

    /// What the ladder was when the run was left.
    var ladder: EarlierLadder {
        EarlierLadder(taken: taken, steps: steps.map { ($0.step, $0.excluded) })
    }

    /// Of all steps and what ranks got in them.
    var digest: UInt64 {
        steps.reduce(0) { sum, step in
            step.results.reduce(mixed(sum, UInt64(step.step))) { mixed($0, $1.sum) }
        }
    }
}
