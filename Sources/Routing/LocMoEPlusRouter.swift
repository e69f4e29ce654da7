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
    public private(set) var capacity: Capacity
    public private(set) var mode: SelectionMode
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
        self.mode = settings.mode.start
        self.policy = settings.policy
        self.softmaxScale = softmaxScale
        self.truncation = AffinityTruncation(
            threshold: settings.threshold,
            floor: settings.capacityFloor
        )
    }

    /// The same router as a step's decision has it.
    public func with(mode: SelectionMode, capacity: Int) -> LocMoEPlusRouter {
        var router = self
        router.mode = mode
        router.capacity = .fixed(capacity)
        return router
    }

    public func assign(_ batch: TokenBatch) -> Assignment { assign(gate.affinities(of: batch)) }

    /// The decisions alone, from affinities [tokens x experts] that are known already.
    public func assign(_ affinities: GateLogits) -> Assignment {
        var pairs = TokenChoice(topK: topK).pairsByAffinity(affinities, scale: softmaxScale)
        let experts = gate.experts
        let slots = capacity.slots(tokens: affinities.count, experts: experts, topK: topK)
        switch mode {
        case .tcr: PositionTruncation.decide(&pairs, experts: experts, capacity: slots)
        case .ecr: truncation.decide(&pairs, experts: experts, capacity: slots)
        }
        var rerouted = 0
        if policy == .reroute {
            rerouted = Rerouting.decide(
                &pairs,
                capacity: slots,
                affinities: affinities,
                scale: softmaxScale
            )
        }
        return Assignment(pairs: pairs, experts: experts, capacity: slots, rerouted: rerouted)
    }

    public func gateFlopsPerToken(hidden: Int) -> Double { gate.flopsPerToken(hidden: hidden) }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
