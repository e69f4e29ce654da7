import ClusterModel

/// Ada-K: a small allocator predicts how many experts each token needs, then Top-k with that k.
///
/// The allocator is a linear layer with a softmax over k = 1...k_max; routing takes its most
/// probable k, or in training one drawn from its probabilities. The experts are the best k of a dense gate.
/// Source: Ada-K Routing, arXiv 2410.10456, section 3.
///
/// Ours: weights are the chosen experts' probabilities renormalised over the k chosen, so that a
/// token's weights sum to 1 whatever its k (the papers' base models differ in this); scores are
/// not renormalised. The shared budget follows what was asked for:
/// `C = ceil(Σ_t k_t / n x cf)`. k_max is twice top_k unless said: the paper starts from a model
/// with a fixed k and ends below it on average. Equal logits: the smaller k.
public struct AdaKRouter: Router {
    public let name = RouterName.adaK
    public let gate: DenseGate
    /// [k_max x d]: row j speaks for k = j + 1.
    public let allocator: DenseGate
    public let capacity: Capacity
    /// Draws k by this seed and the batch's label, for batches that have one; nil: the most
    /// probable k always.
    public let drawing: UInt64?

    /// Stops the process when the allocator allows more experts than there are.
    public init(
        gate: DenseGate,
        allocator: DenseGate,
        capacity: Capacity,
        drawing: UInt64? = nil
    ) {
        invariant(
            allocator.experts <= gate.experts && allocator.width == gate.width,
            "an allocator up to k = \(allocator.experts) for \(gate.experts) experts"
        )
        self.gate = gate
        self.allocator = allocator
        self.capacity = capacity
        self.drawing = drawing
    }

    /// k_max where nobody says.
    public static func defaultMaximum(topK: Int, experts: Int) -> Int { min(experts, 2 * topK) }

    public func assign(_ batch: TokenBatch) -> Assignment {
        let logits = gate.logits(of: batch)
        let wishes = allocator.logits(of: batch)
        var pairs: [Assignment.Pair] = []
        for token in 0..<batch.count {
            pairs += choices(
                token,
                logits.row(token),
                k: 1 + wish(batch, token, wishes.row(token))
            )
        }
        let slots = capacity.slots(pairs: pairs.count, experts: gate.experts)
        PositionTruncation.decide(&pairs, experts: gate.experts, capacity: slots)
        return Assignment(pairs: pairs, experts: gate.experts, capacity: slots)
    }

    /// The index of the allocator's row that speaks for a token.
    private func wish(_ batch: TokenBatch, _ token: Int, _ row: ArraySlice<Double>) -> Int {
        guard let drawing, batch.label > 0 else { return Ranking.largest(of: row) }
        var random = SeededRandom(drawing, .choices, batch.label, UInt64(token))
        var rest = random.nextUnit()
        let shares = Softmax.probabilities(of: row)
        for (index, share) in shares.enumerated() {
            rest -= share
            if rest < 0 { return index }
        }
        return shares.count - 1
    }

    private func choices(_ token: Int, _ row: ArraySlice<Double>, k: Int) -> [Assignment.Pair] {
        let shares = Softmax.probabilities(of: row)
        let chosen = Ranking.top(k, of: row)
        let sum = chosen.reduce(0) { $0 + shares[$1] }
        return chosen.map {
            .init(token: token, expert: $0, score: shares[$0], weight: shares[$0] / sum)
        }
    }

    /// The gate and the allocator: 2 x hidden x (n + k_max).
    public func gateFlopsPerToken(hidden: Int) -> Double {
        2 * Double(hidden) * Double(gate.experts + allocator.experts)
    }

    public func pairsMax(tokens: Int) -> Int { tokens * allocator.experts }
}
