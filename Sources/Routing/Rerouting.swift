import ClusterModel

/// The policy `reroute`: a pair its expert had no capacity for goes to the best expert with room.
///
/// CIPHER-MoE (arXiv 2610.05744) names the policy, the order is ours: after every expert has
/// decided, the pairs it cut for capacity are taken in token order (best choice first within a
/// token); each goes to the expert of the highest score that has fewer than C tokens and that the
/// token did not choose already, ties to the lower expert, and is put at the end of its buffer.
/// A pair cut by the threshold stays dropped: its expert had room and did not want it.
enum Rerouting {
    /// Decides the pairs cut for capacity and counts those that found room.
    ///
    /// `scores` and `weights` are those of all experts for a token, [experts].
    static func decide(
        _ pairs: inout [Assignment.Pair],
        experts: Int,
        capacity: Int,
        scores: (Int) -> [Double],
        weights: (Int) -> [Double]
    ) -> Int {
        var counts = [Int](repeating: 0, count: experts)
        var chosen: [Int: Set<Int>] = [:]
        for pair in pairs {
            if pair.isKept { counts[pair.expert.index] += 1 }
            chosen[pair.token, default: []].insert(pair.expert.index)
        }
        var rerouted = 0
        for i in pairs.indices where pairs[i].reason == .capacity {
            let token = pairs[i].token
            let affinities = scores(token)
            let expert = Ranking.top(experts, of: affinities).first {
                counts[$0] < capacity && chosen[token]?.contains($0) == false
            }
            guard let expert else { continue }
            pairs[i].expert = ExpertIndex(expert)
            pairs[i].score = affinities[expert]
            pairs[i].weight = weights(token)[expert]
            pairs[i].position = counts[expert]
            pairs[i].reason = .none
            counts[expert] += 1
            chosen[token]?.insert(expert)
            rerouted += 1
        }
        return rerouted
    }
}
