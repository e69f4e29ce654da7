import ClusterModel

/// LocMoE: logit `ReLU(mean of slice i + ε)`, softmax, Top-1, overflow by position is dropped.
///
/// Source: arXiv 2401.13920, section 3.2. The paper's ε_i is noise of training; here it is one
/// number, 0 by default. Where every logit is 0 the softmax is flat and the lowest expert wins
/// (ours). The paper routes with k = 1; larger k takes the next best logits (ours).
public struct LocMoERouter: Router {
    public let name = RouterName.locmoe
    public let gate: GroupedAveragePooling
    public let topK: Int
    public let capacity: Capacity
    /// ε, added to every logit before the ReLU.
    public let noise: Double

    public init(
        gate: GroupedAveragePooling,
        topK: Int,
        capacity: Capacity,
        noise: Double = 0
    ) {
        self.gate = gate
        self.topK = topK
        self.capacity = capacity
        self.noise = noise
    }

    public func assign(_ batch: TokenBatch) -> Assignment {
        let means = gate.means(of: batch)
        let logits = GateLogits(
            experts: means.experts,
            values: means.values.map { max(0, $0 + noise) }
        )
        return ProbabilityRouting(topK: topK, capacity: capacity).assign(logits)
    }

    public func gateFlopsPerToken(hidden: Int) -> Double { gate.flopsPerToken(hidden: hidden) }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
