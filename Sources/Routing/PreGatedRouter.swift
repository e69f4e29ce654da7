import ClusterModel

/// Pre-gating of Read-ME: one router for all MoE layers, decided before they run.
///
/// The features are those in front of the first MoE layer, and the one assignment holds for every
/// layer: exchange sizes are known ahead, so a layer's counts can travel while the layer before
/// computes. `p = softmax(W x)`, Top-k; score and weight are p; overflow by position is dropped.
/// Source: Read-ME, arXiv 2410.19123, section 3.
///
/// Ours: the gate is one linear layer (the paper's is a small transformer block), so that it is
/// compared with Switch at equal cost, and each layer bears its share of that cost.
public struct PreGatedRouter: Router {
    public let name = RouterName.preGated
    public let gate: DenseGate
    public let topK: Int
    public let capacity: Capacity
    /// MoE layers that share the decision.
    public let layers: Int

    public init(gate: DenseGate, topK: Int, capacity: Capacity, layers: Int = 1) {
        invariant(layers > 0, "a decision for \(layers) layers")
        self.gate = gate
        self.topK = topK
        self.capacity = capacity
        self.layers = layers
    }

    public func assign(_ batch: TokenBatch) -> Assignment {
        ProbabilityRouting(topK: topK, capacity: capacity).assign(gate.logits(of: batch))
    }

    /// One product for all layers.
    public func gateFlopsPerToken(hidden: Int) -> Double {
        2 * Double(hidden) * Double(gate.experts) / Double(layers)
    }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
