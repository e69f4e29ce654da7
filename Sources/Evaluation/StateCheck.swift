// What a run that was hurt ended with, beside what one process makes of the same plan without faults.

import ClusterModel
import Exchange

/// Compares the parameters and assignments of a run with those that its plan and seed give.
public struct StateCheck {
    /// What one process makes of a plan.
    public enum Expected {
        /// Parameters after the last step of a router, a CRC32C for each rank; of who is left out of
        /// a step nothing is learned there, either.
        case learned(_ router: (Int) -> [UInt32])
        /// What each rank puts into a step of a router, and what it says of what came back, of the
        /// step with this number in the run.
        case routed(
            inputs: (_ step: Int, _ router: Int) throws -> [RankInput],
            digests: (_ step: Int, _ router: Int, _ stamp: Int) -> [UInt32]
        )
    }

    /// The plan's routers by name.
    private let routers: [String]
    private let expected: Expected
    /// Numbers of the steps in which something failed.
    private let hurt: Set<Int>
    /// Faults hurt experts, in the run and in the one process.
    private let hurtsExperts: Bool

    public init(
        routers: [String],
        expected: Expected,
        hurt: Set<Int>,
        hurtsExperts: Bool = false
    ) {
        self.hurtsExperts = hurtsExperts
        self.routers = routers
        self.expected = expected
        self.hurt = hurt
    }

    /// Compares the steps of a run that came to its end.
    ///
    /// - Throws: what asking for the inputs of a step throws.
    public func compare(_ steps: [StepOutcome]) throws -> StateComparison {
        let difference: String?
        switch expected {
        case .learned(let parameters): difference = lookAtParameters(steps, parameters)
        case .routed(let inputs, let digests): difference = try lookAtSteps(steps, inputs, digests)
        }
        return difference.map(StateComparison.differs) ?? .equal(compared(steps))
    }

    private func compared(_ steps: [StepOutcome]) -> String {
        let what =
            switch expected {
            case .learned:
                "the final parameters of all ranks, and the assignments of every step that they "
                    + "learned from,"
            case .routed:
                "the assignments of \(steps.count) steps, and what came back in "
                    + "\(steps.count { hasDigests($0, of: steps) }) of them,"
            }
        return what + " are those of \(reference(steps)), bit for bit"
    }

    /// What a run is compared with.
    private func reference(_ steps: [StepOutcome]) -> String {
        let without = Self.leftOut(steps)
        let hurt = hurtsExperts ? "with the same experts hurt" : ""
        let ways = [without.isEmpty ? "" : "without \(without)", hurt].filter { !$0.isEmpty }
        return ways.isEmpty
            ? "a run without faults" : "one process that learns \(ways.joined(separator: " and "))"
    }

    /// Ranks and the steps that they were left out of, in words.
    private static func leftOut(_ steps: [StepOutcome]) -> String {
        var byRank: [Rank: [Int]] = [:]
        for outcome in steps {
            for rank in outcome.excluded { byRank[rank, default: []].append(outcome.step) }
        }
        return byRank.sorted { $0.key < $1.key }
            .map { rank, steps in
                let (first, last) = (steps.min() ?? 0, steps.max() ?? 0)
                return "rank \(rank) in step"
                    + (first == last ? " \(first)" : "s \(first) to \(last)")
            }
            .joined(separator: " and ")
    }

    /// Parameters carry all that went before: those of each router's last step are compared.
    private func lookAtParameters(
        _ steps: [StepOutcome],
        _ parameters: (Int) -> [UInt32]
    ) -> String? {
        for router in routers.indices {
            guard let last = steps.last(where: { $0.router == router }) else { continue }
            let others = Self.differing(last.learned.map(\.parameters), parameters(router))
            guard let others else { continue }
            return "after step \(last.step) of \(routers[router]) the parameters of \(others) are "
                + "not those of \(reference(steps))"
        }
        return nil
    }

    /// Nothing goes from step to step: the assignments of all steps are compared, and what came
    /// back, byte for byte, of those that were hurt and the last.
    private func lookAtSteps(
        _ steps: [StepOutcome],
        _ inputs: (Int, Int) throws -> [RankInput],
        _ digests: (Int, Int, Int) -> [UInt32]
    ) throws -> String? {
        for outcome in steps {
            let place = "in step \(outcome.step) of \(routers[outcome.router])"
            let ways = Self.differing(
                outcome.inputs.map(Assigned.init),
                try inputs(outcome.step, outcome.router).map(Assigned.init)
            )
            if let ways {
                return "\(place) tokens of \(ways) went elsewhere than in a run without faults"
            }
            guard hasDigests(outcome, of: steps) else { continue }
            let bytes = Self.differing(
                outcome.digests,
                digests(outcome.step, outcome.router, stamp(of: outcome))
            )
            if let bytes {
                return "\(place) what came back to \(bytes) is not what comes back in a run "
                    + "without faults"
            }
        }
        return nil
    }

    private func hasDigests(_ outcome: StepOutcome, of steps: [StepOutcome]) -> Bool {
        hurt.contains(stamp(of: outcome)) || outcome.step == steps.last?.step
    }

    /// Its place among the steps of the run, of which all routers take turns.
    private func stamp(of outcome: StepOutcome) -> Int {
        let count = routers.count
        let turn = ((outcome.router - outcome.step) % count + count) % count
        return outcome.step * count + turn
    }

    /// The ranks with other values, in words; `nil` if there are none.
    private static func differing<T: Equatable>(_ seen: [T], _ expected: [T]) -> String? {
        let ranks = expected.indices.filter {
            !seen.indices.contains($0) || seen[$0] != expected[$0]
        }
        guard !ranks.isEmpty || seen.count != expected.count else { return nil }
        return (ranks.count == 1 ? "rank " : "ranks ")
            + ranks.map(String.init).joined(separator: ", ")
    }
}

/// Where a rank's tokens go.
private struct Assigned: Equatable {
    let (kept, send): ([Int], [Int])
    let (offered, dropped, capacity): (Int, Int, Int)

    init(_ input: RankInput) {
        (kept, send) = (input.kept, input.send)
        (offered, dropped, capacity) = (input.offered, input.dropped, input.capacity)
    }
}
