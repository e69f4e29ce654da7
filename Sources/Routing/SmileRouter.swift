import ClusterModel

/// SMILE: two gates, one for the node, one for the expert inside it; both levels exchange tokens
/// for themselves.
///
/// `p = softmax(W_inter x)` over nodes, `q = softmax(W_intra x)` over the experts of a node, the
/// same W_intra for every node; score and weight of expert (i, j) are `p_i q_j`. Experts are
/// numbered node by node. Overflow by position is dropped.
/// Source: SMILE, arXiv 2212.05191, section 3.1.
///
/// Ours: a node may have more experts than NPUs (in the paper each NPU has one). k = 1 is the
/// paper's; larger k takes the largest products. C limits an expert; the first level, which only
/// picks the node a token visits on its way, has no limit of its own.
public struct SmileRouter: Router {
    public let name = RouterName.smile
    /// W_inter, [nodes x d].
    public let interNode: DenseGate
    /// W_intra, [experts of a node x d].
    public let intraNode: DenseGate
    public let topK: Int
    public let capacity: Capacity

    /// Stops the process when the two gates differ in width.
    public init(interNode: DenseGate, intraNode: DenseGate, topK: Int, capacity: Capacity) {
        invariant(
            interNode.width == intraNode.width,
            "smile's gates have widths \(interNode.width) and \(intraNode.width)"
        )
        self.interNode = interNode
        self.intraNode = intraNode
        self.topK = topK
        self.capacity = capacity
    }

    /// n, nodes x experts of a node.
    public var experts: Int { interNode.experts * intraNode.experts }

    /// `p_i q_j` is the softmax of the sum of both logits, so that sum ranks the experts.
    public func assign(_ batch: TokenBatch) -> Assignment {
        let (inter, intra) = (interNode.logits(of: batch), intraNode.logits(of: batch))
        var sums: [Double] = []
        sums.reserveCapacity(batch.count * experts)
        for token in 0..<batch.count {
            for node in inter.row(token) {
                for expert in intra.row(token) { sums.append(node + expert) }
            }
        }
        return ProbabilityRouting(topK: topK, capacity: capacity)
            .assign(GateLogits(experts: experts, values: sums))
    }

    /// Two thin products: 2 x hidden x (nodes + experts of a node).
    public func gateFlopsPerToken(hidden: Int) -> Double {
        2 * Double(hidden) * Double(interNode.experts + intraNode.experts)
    }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
