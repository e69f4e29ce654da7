// What a lost or a hot expert costs: the loads and drops of a step beside those of the same step
// without the fault.

import ClusterModel
import Exchange
import Faults

/// Compares steps in which experts are hurt with the same steps unhurt.
public struct ExpertToll {
    /// What each rank puts into a step of a router where no fault is, index = rank, of each layer.
    public typealias Calm = (_ step: Int, _ router: Int) -> [[RankInput]]

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
        let (before, during) = (
            calm(outcome.step, outcome.router), segments.filter(\.segment.sendsTokens).map(\.inputs)
        )
        guard before.count == during.count else { return }
        // Who is left out puts nothing into the step, with the fault or without.
        let ranks = outcome.inputs.indices.filter { !outcome.excluded.contains(Rank($0)) }
        func sum(_ layers: [[RankInput]], _ count: (RankInput) -> Int) -> Int {
            layers.reduce(0) { sum, inputs in ranks.reduce(sum) { $0 + count(inputs[$1]) } }
        }
        dropped += sum(during, \.dropped) - sum(before, \.dropped)
        for event in events where !outcomes[event.id].isProven {
            guard case .expert(let expert) = event.target else { continue }
            let load = { (layers: [[RankInput]], expert: Int) in sum(layers) { $0.kept[expert] } }
            let own = (load(before, expert.index), load(during, expert.index))
            outcomes[event.id].proofs = [.load(before: own.0, during: own.1)]
            // A full expert turns away who comes, but they are missing elsewhere.
            guard own.0 == own.1, events.count == 1, let experts = during.first?.first?.kept.indices
            else { continue }
            let moved = experts.reduce(0) { $0 + abs(load(before, $1) - load(during, $1)) }
            if moved > 0 { outcomes[event.id].proofs.append(.moved(moved)) }
        }
    }
}

extension StepSegment {
    /// Whether tokens go to the experts that were chosen for them.
    fileprivate var sendsTokens: Bool {
        switch self {
        case .routed, .forward: true
        case .exchange, .admission, .resonance, .backward, .sumDense, .sumExperts: false
        }
    }
}

extension FaultEvent {
    /// What it does to routing; `nil` for what is no fault of an expert.
    public var expertHurt: ExpertHurt? {
        guard case .expert(let fault) = kind, case .expert(let expert) = target else { return nil }
        switch fault {
        case .lost: return ExpertHurt(expert: expert, kind: .lost)
        case .hot(let share):
            return ExpertHurt(expert: expert, kind: .hot(share, seed: seed))
        }
    }
}
