import ClusterModel
import Glibc

/// The token's side of a router: each token takes its k best experts by some ranking.
///
/// The order of pairs is that of an assignment: by token, the best choice first.
struct TokenChoice {
    var topK: Int

    /// Pairs that are offered and not yet decided.
    ///
    /// Ranks by logits, not by their probabilities: the softmax keeps their order, but two
    /// logits may round to one probability. Score and weight are the expert's share of the
    /// softmax over all n experts, not renormalised over the k chosen.
    func pairsByProbability(_ logits: GateLogits) -> [Assignment.Pair] {
        var pairs: [Assignment.Pair] = []
        pairs.reserveCapacity(logits.count * topK)
        for token in 0..<logits.count {
            let row = logits.row(token)
            let shares = Softmax.probabilities(of: row)
            for expert in Ranking.top(topK, of: row) {
                let share = shares[expert]
                pairs.append(.init(token: token, expert: expert, score: share, weight: share))
            }
        }
        return pairs
    }

    /// The same by affinity: score is δ, weight the share of `softmax(scale x δ)`.
    func pairsByAffinity(_ affinities: GateLogits, scale: Double) -> [Assignment.Pair] {
        var pairs: [Assignment.Pair] = []
        pairs.reserveCapacity(affinities.count * topK)
        for token in 0..<affinities.count {
            let row = affinities.row(token)
            let shares = AffinityShares(row, scale: scale)
            if topK == 1 {
                pairs.append(shares.pair(token: token, expert: shares.best))
            } else {
                for expert in Ranking.top(topK, of: row) {
                    pairs.append(shares.pair(token: token, expert: expert))
                }
            }
        }
        return pairs
    }
}

/// One token's combine weights, `softmax(scale x δ)` over all experts, without an array of them.
struct AffinityShares {
    private let row: ArraySlice<Double>
    private let scale: Double
    private let sum: Double
    /// The expert of the largest affinity; of equal ones the lowest.
    let best: Int

    init(_ row: ArraySlice<Double>, scale: Double) {
        self.row = row
        self.scale = scale
        let best = Ranking.largest(of: row)
        let largest = row[row.startIndex + best]
        self.best = best
        sum = row.reduce(0) { $0 + exp(scale * ($1 - largest)) }
    }

    subscript(expert: Int) -> Double {
        let offset = row[row.startIndex + expert] - row[row.startIndex + best]
        return exp(scale * offset) / sum
    }

    func pair(token: Int, expert: Int) -> Assignment.Pair {
        .init(
            token: token,
            expert: expert,
            score: row[row.startIndex + expert],
            weight: self[expert]
        )
    }
}
