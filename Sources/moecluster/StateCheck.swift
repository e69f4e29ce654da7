// What a run that was hurt ended with, beside what one process makes of the same plan without faults.

import ClusterModel
import ClusterRuntime
import Evaluation
import Exchange

/// Compares the parameters and assignments of a run with those that its plan and seed give.
struct StateCheck {
    let plan: ClusterPlan
    let tokens: RunTokens
    /// Stamps of the steps in which something failed.
    let hurt: Set<Int>

    /// What of a plan decides that nothing is compared; `nil` if nothing does.
    func obstacle(hurtsExperts: Bool, excluded: Bool, hasEnded: Bool) -> String? {
        if !hasEnded { return "the run did not come to its end" }
        if excluded { return "ranks were left out: nothing is promised of what follows" }
        return hurtsExperts ? "faults of experts send tokens elsewhere: nothing is promised" : nil
    }

    /// Compares the steps of a run that came to its end.
    func compare(_ steps: [StepOutcome]) -> StateComparison {
        switch tokens {
        case .routed(_, let routing): compare(steps, routing)
        case .learned(_, let reference, _): compare(steps, reference)
        }
    }

    /// Parameters carry all that went before: those of the last step are compared.
    private func compare(
        _ steps: [StepOutcome],
        _ reference: TrainingReference
    ) -> StateComparison {
        for router in plan.routing.routers.indices {
            guard let last = steps.last(where: { $0.router == router }) else { continue }
            let expected = reference.checksums(router: router)
            let seen = last.learned.map(\.parameters)
            guard seen != expected else { continue }
            let ranks = expected.indices.filter { !seen.indices.contains($0) || seen[$0] != expected[$0] }
            return .differs(
                "after step \(last.step) of \(plan.routing.routers[router].rawValue) the "
                    + "parameters of \(Self.list(ranks)) are not those of a run without faults"
            )
        }
        return .equal(
            "the final parameters of all ranks, and the assignments of every step that they "
                + "learned from, are those of a run without faults, bit for bit"
        )
    }

    /// Nothing goes from step to step: the assignments of all steps are compared, and what came
    /// back, byte for byte, of those that were hurt and the last.
    private func compare(_ steps: [StepOutcome], _ routing: TokenRouting) -> StateComparison {
        var digests = 0
        let last = steps.map(\.step).max()
        for outcome in steps {
            let expected = routing.inputs(step: outcome.step, router: outcome.router)
            let ranks = expected.indices.filter {
                !expected[$0].hasAssignments(of: outcome.inputs[$0])
            }
            let name = plan.routing.routers[outcome.router].rawValue
            guard ranks.isEmpty else {
                return .differs(
                    "in step \(outcome.step) of \(name) tokens of \(Self.list(ranks)) went "
                        + "elsewhere than in a run without faults"
                )
            }
            let stamp = stamp(of: outcome)
            guard outcome.step == last || hurt.contains(stamp) else { continue }
            digests += 1
            let bytes = routing.digests(
                step: outcome.step,
                router: outcome.router,
                stamp: stamp
            )
            let others = bytes.indices.filter { bytes[$0] != outcome.digests[$0] }
            guard others.isEmpty else {
                return .differs(
                    "in step \(outcome.step) of \(name) what came back to \(Self.list(others)) is "
                        + "not what comes back in a run without faults"
                )
            }
        }
        return .equal(
            "the assignments of \(steps.count) steps, and what came back in \(digests) of them, "
                + "are those of a run without faults, bit for bit"
        )
    }

    /// Its place among the steps of the run, of which all routers take turns.
    private func stamp(of outcome: StepOutcome) -> Int {
        let routers = plan.routing.routers.count
        let turn = ((outcome.router - outcome.step) % routers + routers) % routers
        return outcome.step * routers + turn
    }

    private static func list(_ ranks: [Int]) -> String {
        (ranks.count == 1 ? "rank " : "ranks ") + ranks.map(String.init).joined(separator: ", ")
    }
}

extension RankInput {
    /// Whether as many tokens go to each expert, and as many are dropped.
    fileprivate func hasAssignments(of other: RankInput) -> Bool {
        kept == other.kept && offered == other.offered && dropped == other.dropped
            && capacity == other.capacity && send == other.send
    }
}
