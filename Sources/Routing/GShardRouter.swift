import ClusterModel

/// GShard: the two best experts of a dense gate; the second is taken by chance.
///
/// The shares of the two are renormalised to sum to 1: they are scores and weights. All first
/// choices are placed before any second one, both in token order; a second choice is placed if
/// `2 g2 > U(0, 1)` and its expert has room. `C = ceil(2 s / n x cf)`.
/// Source: GShard, arXiv 2006.16668, Algorithm 1 and section 2.2.
///
/// Ours: U is drawn from the seed, the batch's label and the token's index, so that any rank can
/// redo it. A second choice that the draw refuses takes no slot (the paper's listing counts it,
/// which would waste room) and is recorded as dropped for `threshold`.
public struct GShardRouter: Router {
    public let name = RouterName.gshard
    public let gate: DenseGate
    public let capacity: Capacity
    public let seed: UInt64

    /// k of this router, whatever top_k says.
    public static let choices = 2

    /// Stops the process when the gate has fewer than two experts.
    public init(gate: DenseGate, capacity: Capacity, seed: UInt64) {
        invariant(gate.experts >= 2, "gshard chooses 2 experts of \(gate.experts)")
        self.gate = gate
        self.capacity = capacity
        self.seed = seed
    }

    public func assign(_ batch: TokenBatch) -> Assignment {
        let logits = gate.logits(of: batch)
        var pairs = TokenChoice(topK: Self.choices).pairsByProbability(logits)
        for first in stride(from: 0, to: pairs.count, by: Self.choices) {
            Self.renormalise(&pairs[first..<first + Self.choices])
        }
        let slots = capacity.slots(
            tokens: batch.count,
            experts: gate.experts,
            topK: Self.choices
        )
        var room = [Int](repeating: slots, count: gate.experts)
        for choice in 0..<Self.choices {
            for i in stride(from: choice, to: pairs.count, by: Self.choices) {
                let isWanted = choice == 0 || 2 * pairs[i].score > draw(batch, pairs[i].token)
                Self.place(&pairs[i], isWanted: isWanted, &room, slots)
            }
        }
        return Assignment(pairs: pairs, experts: gate.experts, capacity: slots)
    }

    private func draw(_ batch: TokenBatch, _ token: Int) -> Double {
        var random = SeededRandom(seed, .secondExpert, batch.label, UInt64(token))
        return random.nextUnit()
    }

    private static func renormalise(_ pairs: inout ArraySlice<Assignment.Pair>) {
        let sum = pairs.reduce(0) { $0 + $1.score }
        for i in pairs.indices {
            pairs[i].score /= sum
            pairs[i].weight = pairs[i].score
        }
    }

    private static func place(
        _ pair: inout Assignment.Pair,
        isWanted: Bool,
        _ room: inout [Int],
        _ capacity: Int
    ) {
        let expert = pair.expert.index
        if !isWanted {
            pair.reason = .threshold
        } else if room[expert] == 0 {
            pair.reason = .capacity
        } else {
            pair.position = capacity - room[expert]
            room[expert] -= 1
        }
    }

    public func gateFlopsPerToken(hidden: Int) -> Double {
        2 * Double(hidden) * Double(gate.experts)
    }

    public func pairsMax(tokens: Int) -> Int { tokens * Self.choices }
}
