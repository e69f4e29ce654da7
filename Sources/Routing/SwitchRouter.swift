import ClusterModel

/// Switch: a learned dense gate, `p = softmax(W x)`, Top-k, overflow by position is dropped.
///
/// Source: arXiv 2101.03961 (k = 1). Weight and score are p, not renormalised for k > 1.
public struct SwitchRouter: Router {
    public let name = RouterName.switch
    public let gate: DenseGate
    public let topK: Int
    public let capacity: Capacity

    public init(gate: DenseGate, topK: Int, capacity: Capacity) {
        self.gate = gate
        self.topK = topK
        self.capacity = capacity
    }

    public func assign(_ batch: TokenBatch) -> Assignment {
        ProbabilityRouting(topK: topK, capacity: capacity).assign(gate.logits(of: batch))
    }

    /// A matrix-vector product: 2 x hidden x experts.
    public func gateFlopsPerToken(hidden: Int) -> Double {
        2 * Double(hidden) * Double(gate.experts)
    }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
