import ClusterModel
import Routing
import TokenData

extension TokenRouting {
    /// What the tokens of a step choose, without these ranks.
    public func choices(
        step: Int,
        router: Int,
        hurts: [ExpertHurt] = [],
        excluded: Set<Rank> = []
    ) -> LayerChoices {
        let layout = RankLayout(plan)
        let sources = layout.leaders.filter { !excluded.contains($0) }
        return choices(sources) { route(rank: $0, step: step, router: router, hurts: hurts) }
    }

    /// The same of batches that are routed already, index = rank.
    public func choices(_ batches: [RoutedBatch]) -> LayerChoices {
        let layout = RankLayout(plan)
        return choices(layout.leaders) { batches[$0.index] }
    }

    private func choices(_ sources: [Rank], _ batch: (Rank) -> RoutedBatch) -> LayerChoices {
        LayerChoices(
            layer: 0,
            batches: sources.map { rank in
                let routed = batch(rank)
                return LayerChoices.Batch(
                    rank: rank,
                    tokens: routed.tokens.count,
                    assignment: routed.assignment
                )
            }
        )
    }

    /// What a router knew and decided in a step, over all ranks that took part.
    ///
    /// A step without a rank that takes part decides nothing.
    public func record(_ choices: LayerChoices, step: Int, router: Int) -> RoutingRecord {
        let name = plan.routing.routers[router]
        var record = RoutingRecord(
            layer: choices.layer,
            choices.batches.map(\.assignment),
            resonance: estimates[router]?.resonance(
                of: choices.batches.lazy.map {
                    store.batch(tokens: tokens(of: $0.rank, step: step))
                }
            ),
            mode: name.truncation(plan.routing.mode)
        )
        // C of a trace is what stands in it.
        if name == .trace { record.capacitySource = name.rawValue }
        return record
    }
}
