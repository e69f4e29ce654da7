import ClusterModel
import Routing

/// p, q and δ of a step as its record has them: of every router by affinities, by one definition of
/// what is relevant, the one that `routing.relevance` names.
public struct AffinityEstimates: Sendable {
    private let pooling: GroupedAveragePooling
    private let classes: Adaptation.Classes
    private let topK: Int

    private static let haveAffinities: Set<RouterName> = [.locmoe, .locmoePlus, .tcr, .ecr]

    /// Nil for controls, and for routers without affinities.
    public init?(_ settings: TrainingSettings) {
        guard case .router(let name) = settings.candidate, Self.haveAffinities.contains(name),
            let pooling = GroupedAveragePooling(
                experts: settings.layout.experts,
                width: settings.dimensions.width
            )
        else { return nil }
        self.pooling = pooling
        classes = settings.classes
        topK = settings.routing.topK
    }

    /// Over all ranks; nil where a step decided nothing in the layer.
    public func resonance(of outcome: LocalTraining.Outcome, layer: Int) -> Resonance? {
        // LocMoE+ has counted already, by the same classes.
        if outcome.records.indices.contains(layer), let counted = outcome.records[layer].resonance {
            return counted
        }
        guard outcome.tokens.indices.contains(layer) else { return nil }
        let parts = outcome.tokens[layer].map { classes.counts(of: $0, pooling, topK: topK) }
        return ResonanceCounts.merge(parts)?.resonance
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
