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
    static func decide(
        _ pairs: inout [Assignment.Pair],
        capacity: Int,
        affinities: GateLogits,
        scale: Double
    ) -> Int {
        var counts = [Int](repeating: 0, count: affinities.experts)
        var chosen: [Int: Set<Int>] = [:]
        for pair in pairs {
            if pair.isKept { counts[pair.expert.index] += 1 }
            chosen[pair.token, default: []].insert(pair.expert.index)
        }
        var rerouted = 0
        for i in pairs.indices where pairs[i].reason == .capacity {
            let token = pairs[i].token
            let row = affinities.row(token)
            let expert = Ranking.top(affinities.experts, of: row).first {
                counts[$0] < capacity && chosen[token]?.contains($0) == false
            }
            guard let expert else { continue }
            pairs[i] = AffinityShares(row, scale: scale).pair(token: token, expert: expert)
            pairs[i].position = counts[expert]
            counts[expert] += 1
            chosen[token]?.insert(expert)
            rerouted += 1
        }
        return rerouted
    }
}
