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
        ProbabilityGate(experts: gate.experts, topK: topK, capacity: capacity)
            .assign(batch) { gate.logits(of: batch.row($0)) }
    }

    /// A matrix-vector product: 2 x hidden x experts.
    public func gateFlopsPerToken(hidden: Int) -> Double {
        2 * Double(hidden) * Double(gate.experts)
    }
}

/// Top-k by logits, the softmax as score and weight, overflow by position: Switch and LocMoE.
struct ProbabilityGate {
    var experts: Int
    var topK: Int
    var capacity: Capacity

    /// Chooses by logits rather than probabilities: the softmax keeps their order, but two
    /// logits may round to one probability.
    func assign(_ batch: TokenBatch, logits: (Int) -> [Double]) -> Assignment {
        var pairs: [Assignment.Pair] = []
        pairs.reserveCapacity(batch.count * topK)
        for token in 0..<batch.count {
            let values = logits(token)
            let shares = Softmax.probabilities(of: values)
            for expert in Ranking.top(topK, of: values) {
                let share = shares[expert]
                pairs.append(.init(token: token, expert: expert, score: share, weight: share))
            }
        }
        let slots = capacity.slots(tokens: batch.count, experts: experts, topK: topK)
        PositionTruncation.decide(&pairs, experts: experts, capacity: slots)
        return Assignment(pairs: pairs, experts: experts, capacity: slots)
    }
}
