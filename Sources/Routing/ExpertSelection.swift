import ClusterModel

/// The expert's side alone: each expert takes its C best tokens of the whole batch, whatever the
/// tokens would choose. Expert Choice and `ecr` do this, by different scores.
///
/// A token may be taken by several experts or by none. One that none took is recorded with its
/// best expert, dropped for capacity (ours: what goes through the residual must be seen).
/// Positions follow the ranking; equal scores: the lower token first.
struct ExpertSelection {
    var capacity: Int

    /// Pairs in token order, those of a token by descending score.
    ///
    /// - Parameters:
    ///   - scores: what experts rank by, [tokens x experts].
    ///   - weight: the combine weight of a token and an expert.
    func pairs(_ scores: GateLogits, weight: (Int, Int) -> Double) -> [Assignment.Pair] {
        let positions = positions(scores)
        var pairs: [Assignment.Pair] = []
        for token in 0..<scores.count {
            let taken = (0..<scores.experts).filter { positions[token * scores.experts + $0] >= 0 }
                .sorted { (scores[token, $0], $1) > (scores[token, $1], $0) }
            for expert in taken.isEmpty ? [Ranking.largest(of: scores.row(token))] : taken {
                var pair = Assignment.Pair(
                    token: token,
                    expert: expert,
                    score: scores[token, expert],
                    weight: weight(token, expert)
                )
                pair.position = positions[token * scores.experts + expert]
                pair.reason = pair.isKept ? .none : .capacity
                pairs.append(pair)
            }
        }
        return pairs
    }

    /// Slot of each token at each expert, or -1, [tokens x experts].
    private func positions(_ scores: GateLogits) -> [Int] {
        var positions = [Int](repeating: -1, count: scores.values.count)
        for expert in 0..<scores.experts {
            let ranked = (0..<scores.count).sorted {
                (scores[$0, expert], $1) > (scores[$1, expert], $0)
            }
            for (position, token) in ranked.prefix(capacity).enumerated() {
                positions[token * scores.experts + expert] = position
            }
        }
        return positions
    }
}
