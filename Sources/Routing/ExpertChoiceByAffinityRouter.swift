import ClusterModel

/// `ecr`, expert-choice routing, the expert's half of LocMoE+ alone: each expert takes its C best
/// tokens of the whole batch by affinity.
///
/// Unlike `locmoe+` in mode `ecr`, tokens choose nothing and no threshold cuts: it is the model
/// behind Corollary 6. Score is δ, weight the share of `softmax(scale x δ)`.
/// `C = ceil(k s / n x cf)`, so a token gets k x cf experts on average.
/// Source: LocMoE+, arXiv 2406.00023, Eq. 6 and Corollary 6.
public struct ExpertChoiceByAffinityRouter: Router {
    public let name = RouterName.ecr
    public let gate: GroupedAveragePooling
    /// k, only for C.
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
        let shares = affinities.probabilities(scale: softmaxScale)
        let slots = slots(tokens: batch.count)
        let pairs = ExpertSelection(capacity: slots).pairs(
            affinities,
            score: { affinities[$0, $1] },
            weight: { shares[$0, $1] }
        )
        return Assignment(pairs: pairs, experts: gate.experts, capacity: slots)
    }

    private func slots(tokens: Int) -> Int {
        capacity.slots(tokens: tokens, experts: gate.experts, topK: topK)
    }

    public func gateFlopsPerToken(hidden: Int) -> Double { gate.flopsPerToken(hidden: hidden) }

    public func pairsMax(tokens: Int) -> Int {
        min(slots(tokens: tokens), tokens) * gate.experts
    }
}
