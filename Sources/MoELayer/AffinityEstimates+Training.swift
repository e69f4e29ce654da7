import ClusterModel
import Routing

extension AffinityEstimates {
    /// Nil for controls, and for routers without affinities.
    public init?(_ settings: TrainingSettings) {
        guard case .router(let name) = settings.candidate else { return nil }
        self.init(
            name,
            experts: settings.layout.experts,
            width: settings.dimensions.width,
            classes: settings.classes,
            topK: settings.routing.topK
        )
    }

    /// Over all ranks; nil where a step decided nothing in the layer.
    public func resonance(of outcome: LocalTraining.Outcome, layer: Int) -> Resonance? {
        // LocMoE+ has counted already, by the same classes.
        if outcome.records.indices.contains(layer), let counted = outcome.records[layer].resonance {
            return counted
        }
        guard outcome.tokens.indices.contains(layer) else { return nil }
        return resonance(of: outcome.tokens[layer])
    }
}

extension RoutingRecord {
    /// What it knows of affinities; nil where its router counts none.
    fileprivate var resonance: Resonance? {
        guard let affinityMean, let affinityMax else { return nil }
        return Resonance(
            truePositive: truePositive,
            falsePositive: falsePositive,
            affinityMax: affinityMax,
            affinityMean: affinityMean
        )
    }
}
