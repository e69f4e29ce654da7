import ClusterModel

/// Expert Choice: each expert takes its C best tokens by `S = softmax(W x)` over experts.
///
/// `C = ceil(s c / n)`: c is the experts a token gets on average, 2 unless said. Score and weight
/// are S. No token is refused by an expert it chose, because none chooses; one that no expert
/// took stands in the record with its best expert, dropped for capacity. Experts rank by the
/// logarithm of the odds of S, which keeps its order: sure tokens all have an S that rounds to 1.
/// Source: Mixture-of-Experts with Expert Choice Routing, arXiv 2202.09368, section 3.2.
public struct ExpertChoiceRouter: Router {
    public let name = RouterName.expertChoice
    public let gate: DenseGate
    public let capacity: Capacity

    /// c of the paper's experiments.
    public static let defaultFactor = 2.0

    /// - Parameters:
    ///   - gate: W.
    ///   - capacity: C, or c as its factor.
    public init(gate: DenseGate, capacity: Capacity = .factor(defaultFactor)) {
        self.gate = gate
        self.capacity = capacity
    }

    public func assign(_ batch: TokenBatch) -> Assignment {
        let logits = gate.logits(of: batch)
        let shares = logits.probabilities()
        let slots = slots(tokens: batch.count)
        let pairs = ExpertSelection(capacity: slots).pairs(
            logits.logOdds(),
            score: { shares[$0, $1] },
            weight: { shares[$0, $1] }
        )
        return Assignment(pairs: pairs, experts: gate.experts, capacity: slots)
    }

    private func slots(tokens: Int) -> Int {
        capacity.slots(tokens: tokens, experts: gate.experts, topK: 1)
    }

    public func gateFlopsPerToken(hidden: Int) -> Double {
        2 * Double(hidden) * Double(gate.experts)
    }

    public func pairsMax(tokens: Int) -> Int {
        min(slots(tokens: tokens), tokens) * gate.experts
    }
}
