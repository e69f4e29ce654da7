import ClusterModel

/// The expert's side alone: each expert takes its C best tokens of the whole batch, whatever the
/// tokens would choose.
///
/// Expert Choice and `ecr` do this, by different scores.
/// A token may be taken by several experts or by none. One that none took is recorded with its
/// best expert, dropped for capacity (ours: what goes through the residual must be seen).
/// Positions follow the ranking; equal scores: the lower token first.
struct ExpertSelection {
    var capacity: Int

    /// Pairs in token order, those of a token best first.
    ///
    /// - Parameters:
    ///   - ranking: what experts rank by, [tokens x experts].
    ///   - score: of a token and an expert, in the order of the ranking.
    ///   - weight: the combine weight of a token and an expert.
    /// - Returns: decided pairs.
    func pairs(
        _ ranking: GateLogits,
        score: (Int, Int) -> Double,
        weight: (Int, Int) -> Double
    ) -> [Assignment.Pair] {
        let (positions, experts) = (positions(ranking), ranking.experts)
        var pairs: [Assignment.Pair] = []
        for token in 0..<ranking.count {
            let row = ranking.row(token)
            let taken = Ranking.top(experts, of: row).filter {
                positions[token * experts + $0] >= 0
            }
            for expert in taken.isEmpty ? [Ranking.largest(of: row)] : taken {
                var pair = Assignment.Pair(
                    token: token,
                    expert: expert,
                    score: score(token, expert),
                    weight: weight(token, expert)
                )
                pair.position = positions[token * experts + expert]
                pair.reason = pair.isKept ? .none : .capacity
                pairs.append(pair)
            }
        }
        return pairs
    }

    /// Slot of each token at each expert, or -1, [tokens x experts].
    private func positions(_ ranking: GateLogits) -> [Int] {
        var positions = [Int](repeating: -1, count: ranking.values.count)
        for expert in 0..<ranking.experts {
            let ranked = (0..<ranking.count).sorted {
                (ranking[$0, expert], $1) > (ranking[$1, expert], $0)
            }
            for (position, token) in ranked.prefix(capacity).enumerated() {
                positions[token * ranking.experts + expert] = position
            }
        }
        return positions
    }
}
