import ClusterModel

/// `tcr`, token-choice routing, the token's half of LocMoE+ alone: Top-k by affinity, the first C
/// by position stay.
///
/// The same decisions as `locmoe+` in mode `tcr` with policy `drop`; a name of its own so that
/// the halves stand beside the whole in a comparison.
/// Source: LocMoE+, arXiv 2406.00023, Eq. 5-6.
public struct TokenChoiceRouter: Router {
    public let name = RouterName.tcr
    public let gate: GroupedAveragePooling
    public let topK: Int
    public let capacity: Capacity
    /// The factor in front of the softmax of weights.
    public let softmaxScale: Double

    public init(
        gate: GroupedAveragePooling,
        topK: Int,
        capacity: Capacity,
        softmaxScale: Double = 1
    ) {
        self.gate = gate
        self.topK = topK
        self.capacity = capacity
        self.softmaxScale = softmaxScale
    }

    public func assign(_ batch: TokenBatch) -> Assignment {
        let affinities = gate.affinities(of: batch)
        var pairs = TokenChoice(topK: topK).pairsByAffinity(affinities, scale: softmaxScale)
        let slots = capacity.slots(tokens: batch.count, experts: gate.experts, topK: topK)
        PositionTruncation.decide(&pairs, experts: gate.experts, capacity: slots)
        return Assignment(pairs: pairs, experts: gate.experts, capacity: slots)
    }

    public func gateFlopsPerToken(hidden: Int) -> Double { gate.flopsPerToken(hidden: hidden) }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
