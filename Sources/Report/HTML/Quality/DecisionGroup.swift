// What the charts of decisions are drawn from: runs of a router that differ in their seed only,
// whether it learned or not.

/// Runs of one name.
struct DecisionGroup {
    /// The router or control.
    var name: String
    /// One for each seed.
    var runs: [Decisions]

    /// Groups of a comparison: routers that decided and did not learn.
    static func groups(of results: RunResults) -> [DecisionGroup] {
        results.routers.compactMap { router in
            router.decisions.map { DecisionGroup(name: router.name, runs: [$0]) }
        }
    }

    /// Whether it has experts.
    var hasExperts: Bool { layerCount > 0 }

    /// The steps of its first seed: what cannot be averaged is shown of that one.
    var steps: [DecisionStep] { runs.first?.series ?? [] }

    /// How many MoE layers its records know of; 0 without experts.
    var layerCount: Int { steps.map(\.layers.count).max() ?? 0 }

    /// What each MoE layer decided, of the first seed.
    var layers: [LayerHistory] {
        (0..<layerCount).map { layer in
            LayerHistory(
                name: layerCount > 1 ? "\(name), layer \(layer)" : name,
                steps: steps.compactMap { step in
                    guard step.layers.indices.contains(layer) else { return nil }
                    return LayerHistory.Step(step: step.step, record: step.layers[layer])
                }
            )
        }
    }
}

extension QualityGroup {
    /// What its runs decided.
    var decisions: DecisionGroup { DecisionGroup(name: name, runs: runs.map { Decisions($0) }) }
}

/// What one MoE layer of a router decided over the steps.
struct LayerHistory {
    /// The router's, with the layer's number where there are several.
    var name: String
    var steps: [Step]

    struct Step {
        var step: Int
        var record: QualityLayer
    }
}
