import ClusterModel

/// LocMoE+ (expert-token resonance): tokens choose experts by affinity, experts choose tokens.
///
/// Token side: Top-k by δ. Expert side: the first C by position (`tcr`), or the best by δ up to
/// the threshold and C (`ecr`). Score is δ; weight is the expert's share of
/// `softmax(scale x δ)` over all n experts, not renormalised for k > 1.
/// Source: arXiv 2406.00023, Eq. 4-6.
public struct LocMoEPlusRouter: Router {
    public let name = RouterName.locmoePlus
    public let gate: GroupedAveragePooling
    public let topK: Int
    public let capacity: Capacity
    public let mode: SelectionMode
    public let policy: OverflowPolicy
    /// The factor in front of the softmax of weights.
    ///
    /// Affinities are small (about 0.1), so their softmax is nearly flat at 1; δ itself and the
    /// ranking never see the scale (ours).
    public let softmaxScale: Double
    private let truncation: AffinityTruncation

    /// - Parameters:
    ///   - gate: GrAP for the features' width.
    ///   - settings: top_k, threshold τ, floor C_min, mode and policy are taken from it.
    ///   - capacity: C, or the factor it is made from.
    ///   - softmaxScale: the factor in front of the softmax of weights.
    public init(
        gate: GroupedAveragePooling,
        settings: RoutingSettings,
        capacity: Capacity,
        softmaxScale: Double = 1
    ) {
        self.gate = gate
        self.topK = settings.topK
        self.capacity = capacity
        self.mode = settings.mode
        self.policy = settings.policy
        self.softmaxScale = softmaxScale
        self.truncation = AffinityTruncation(
            threshold: settings.threshold,
            floor: settings.capacityFloor
        )
    }

    public func assign(_ batch: TokenBatch) -> Assignment {
        let affinities = (0..<batch.count).map { gate.affinities(of: batch.row($0)) }
        var pairs = affinities.enumerated().flatMap { choices(of: $0.offset, $0.element) }
        let experts = gate.experts
        let slots = capacity.slots(tokens: batch.count, experts: experts, topK: topK)
        switch mode {
        case .tcr: PositionTruncation.decide(&pairs, experts: experts, capacity: slots)
        case .ecr: truncation.decide(&pairs, experts: experts, capacity: slots)
        }
        var rerouted = 0
        if policy == .reroute {
            rerouted = Rerouting.decide(
                &pairs,
                experts: experts,
                capacity: slots,
                scores: { affinities[$0] },
                weights: { weights(affinities[$0]) }
            )
        }
        return Assignment(pairs: pairs, experts: experts, capacity: slots, rerouted: rerouted)
    }

    public func gateFlopsPerToken(hidden: Int) -> Double { gate.flopsPerToken(hidden: hidden) }

    private func choices(of token: Int, _ affinities: [Double]) -> [Assignment.Pair] {
        let weights = weights(affinities)
        return Ranking.top(topK, of: affinities).map {
            .init(token: token, expert: $0, score: affinities[$0], weight: weights[$0])
        }
    }

    private func weights(_ affinities: [Double]) -> [Double] {
        Softmax.probabilities(of: affinities, scale: softmaxScale)
    }
}
