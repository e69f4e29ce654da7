// What a lost or a hot expert costs: the loads and drops of a step beside those of the same step
// without the fault.

import ClusterModel
import Exchange
import Faults

/// Compares steps in which experts are hurt with the same steps unhurt.
public struct ExpertToll: Sendable {
    /// What each rank puts into a step of a router where no fault is, index = rank.
    public typealias Calm = @Sendable (_ step: Int, _ router: Int) -> [RankInput]

    var calm: Calm?
    /// (token, expert) pairs that were dropped and would not have been.
    public private(set) var dropped = 0

    /// Takes a step that has ended well.
    mutating func note(
        _ events: [FaultEvent],
        _ segments: [StepOutcome],
        _ outcomes: inout [FaultOutcome]
    ) {
        guard !events.isEmpty, let outcome = segments.first, let calm else { return }
        let before = calm(outcome.step, outcome.router)
        // Who is left out puts nothing into the step, with the fault or without.
        let ranks = outcome.inputs.indices.filter { !outcome.excluded.contains(Rank($0)) }
        for rank in ranks { dropped += outcome.inputs[rank].dropped - before[rank].dropped }
        for event in events where !outcomes[event.id].isProven {
            guard case .expert(let expert) = event.target else { continue }
            let load = { (inputs: [RankInput]) in
                ranks.reduce(0) { $0 + inputs[$1].kept[expert.index] }
            }
            outcomes[event.id].proofs = [
                .load(before: load(before), during: load(outcome.inputs))
            ]
        }
    }
}

extension FaultEvent {
    /// What it does to routing; `nil` for what is no fault of an expert.
    var expertHurt: ExpertHurt? {
        guard case .expert(let fault) = kind, case .expert(let expert) = target else { return nil }
        switch fault {
        case .lost: return ExpertHurt(expert: expert, kind: .lost)
        case .hot(let share):
            return ExpertHurt(expert: expert, kind: .hot(share, seed: seed))
        }
    }
}
