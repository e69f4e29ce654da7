import ClusterModel

/// Expert-choice truncation of LocMoE+ (mode `ecr`): an expert ranks the tokens that chose it by
/// affinity and keeps the best ℓ.
///
/// The paper sets ℓ by a threshold on the sum of affinities and does not publish it (arXiv
/// 2406.00023, text at Eq. 5-6). Ours: the shortest prefix whose positive scores sum to the share
/// τ of the expert's positive total, then clamped to [floor, C].
///
/// A candidate whose score is not positive adds nothing to the sum, so it stands behind the
/// prefix at any τ, 1 included; only the floor lets it in. Equal scores: the lower token first.
public struct AffinityTruncation: Hashable, Sendable {
    /// τ, in (0, 1].
    public var threshold: Double
    /// C_min: an expert with that many candidates keeps at least so many, if C allows.
    public var floor: Int

    public init(threshold: Double, floor: Int) {
        self.threshold = threshold
        self.floor = floor
    }

    /// Decides pairs that stand in token order.
    public func decide(_ pairs: inout [Assignment.Pair], experts: Int, capacity: Int) {
        var candidates = [[Int]](repeating: [], count: experts)
        for (index, pair) in pairs.enumerated() { candidates[pair.expert.index].append(index) }
        for indices in candidates {
            let ranked = indices.sorted {
                pairs[$0].score != pairs[$1].score ? pairs[$0].score > pairs[$1].score : $0 < $1
            }
            let wanted = max(prefix(of: ranked.map { pairs[$0].score }), floor)
            for (rank, index) in ranked.enumerated() {
                if rank >= wanted {
                    pairs[index].reason = .threshold
                } else if rank >= capacity {
                    pairs[index].reason = .capacity
                } else {
                    pairs[index].position = rank
                }
            }
        }
    }

    /// The length of the shortest prefix of descending `scores` that reaches the share.
    private func prefix(of scores: [Double]) -> Int {
        let positive = scores.prefix { $0 > 0 }
        // Beyond doubt for τ = 1, where the last small scores could vanish in rounding.
        guard threshold < 1 else { return positive.count }
        let goal = threshold * positive.reduce(0, +)
        var sum = 0.0
        for (rank, score) in positive.enumerated() {
            sum += score
            if sum >= goal { return rank + 1 }
        }
        return positive.count
    }
}
