import ClusterModel

/// How well experts and tokens have found each other, over all ranks of a step: the quantities
/// that LocMoE+ decides its mode and its capacity by.
public struct Resonance: Hashable, Sendable {
    /// p_i, [n]: the share of an expert's relevant tokens that choose it; nil where it has none.
    public let truePositive: [Double?]
    /// q_i, [n]: the share of irrelevant tokens whose score reaches that of a relevant one; nil
    /// where there is nothing to compare.
    public let falsePositive: [Double?]
    /// δ_max, the largest affinity of a token with the expert it chose first; 0 without tokens.
    public let affinityMax: Double
    /// Mean of the same affinity.
    public let affinityMean: Double

    public init(
        truePositive: [Double?],
        falsePositive: [Double?],
        affinityMax: Double,
        affinityMean: Double
    ) {
        self.truePositive = truePositive
        self.falsePositive = falsePositive
        self.affinityMax = affinityMax
        self.affinityMean = affinityMean
    }

    /// max_i q_i over the experts that have one.
    public var falsePositiveMax: Double? { falsePositive.compactMap { $0 }.max() }
    /// min_i q_i over the experts that have one.
    public var falsePositiveMin: Double? { falsePositive.compactMap { $0 }.min() }
}
