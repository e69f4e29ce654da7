// What faults of experts make of a router's decisions: after it has decided, so that every router
// meets the same fault, and by the batch alone, so that every rank and every replay decides alike.

import ClusterModel

/// Changes decisions where experts are gone or wanted by all.
///
/// What the experts that are left have kept stays, in its order. Then the pairs that have to go
/// elsewhere are taken in token order. A hot expert takes them at the end of its buffer while it
/// has room. For one that is full or gone the policy decides: `drop`, or `reroute` to the expert
/// with the fewest tokens that is not gone, has room and was not chosen by the token already, ties
/// to the lower index; affinities are not asked for, because not every router has them.
public struct HurtExperts: Sendable {
    private let hurts: [ExpertHurt]
    private let policy: OverflowPolicy
    private let lost: Set<Int>

    public init(_ hurts: [ExpertHurt], policy: OverflowPolicy) {
        self.hurts = hurts
        self.policy = policy
        lost = Set(hurts.filter { $0.kind == .lost }.map(\.expert.index))
    }

    /// The decisions on the batch `label`, which draws who is pulled to hot experts.
    public func changed(_ assignment: Assignment, label: UInt64) -> Assignment {
        guard !hurts.isEmpty else { return assignment }
        var pairs = assignment.pairs
        var chosen: [Int: Set<Int>] = [:]
        for pair in pairs { chosen[pair.token, default: []].insert(pair.expert.index) }
        var moved = pull(&pairs, &chosen, label)
        // What an expert had no room for when it was there is dropped as before.
        moved.formUnion(
            pairs.indices.filter { pairs[$0].isKept && lost.contains(pairs[$0].expert.index) }
        )
        guard !moved.isEmpty else { return assignment }
        var counts = compact(&pairs, besides: moved, experts: assignment.experts)
        var rerouted = 0
        for index in moved.sorted() {
            let rest = settle(&pairs[index], &counts, &chosen, assignment.capacity)
            if rest { rerouted += 1 }
        }
        return Assignment(
            pairs: pairs,
            experts: assignment.experts,
            capacity: assignment.capacity,
            rerouted: assignment.rerouted + rerouted
        )
    }

    /// The pairs that are offered where slots are pooled, of the batch `label`: hot experts pull,
    /// and whoever admits decides, also about those of experts that are gone.
    public func offered(_ pairs: [Assignment.Pair], label: UInt64) -> [Assignment.Pair] {
        guard !hurts.isEmpty else { return pairs }
        var pairs = pairs
        var chosen: [Int: Set<Int>] = [:]
        for pair in pairs { chosen[pair.token, default: []].insert(pair.expert.index) }
        _ = pull(&pairs, &chosen, label)
        return pairs
    }

    /// Turns the best choice of drawn tokens to hot experts; gives the pairs that were turned.
    private func pull(
        _ pairs: inout [Assignment.Pair],
        _ chosen: inout [Int: Set<Int>],
        _ label: UInt64
    ) -> Set<Int> {
        var moved: Set<Int> = []
        for hurt in hurts {
            guard case .hot(let share, let seed) = hurt.kind else { continue }
            let expert = hurt.expert.index
            var last = -1
            for index in pairs.indices where pairs[index].token != last {
                let token = pairs[index].token
                last = token
                var random = SeededRandom(seed: seed, label, UInt64(token))
                guard share.hits(&random), chosen[token]?.contains(expert) == false else {
                    continue
                }
                chosen[token]?.remove(pairs[index].expert.index)
                chosen[token]?.insert(expert)
                pairs[index].expert = hurt.expert
                moved.insert(index)
            }
        }
        return moved
    }

    /// Closes the gaps that moved pairs leave in buffers; gives what each expert still keeps.
    private func compact(
        _ pairs: inout [Assignment.Pair],
        besides moved: Set<Int>,
        experts: Int
    ) -> [Int] {
        var counts = Array(repeating: 0, count: experts)
        let kept = pairs.indices.filter { pairs[$0].isKept && !moved.contains($0) }
        for index in kept.sorted(by: { pairs[$0].position < pairs[$1].position }) {
            let expert = pairs[index].expert.index
            pairs[index].position = counts[expert]
            counts[expert] += 1
        }
        return counts
    }

    /// Decides one pair anew; whether it went to another expert than it wanted.
    private func settle(
        _ pair: inout Assignment.Pair,
        _ counts: inout [Int],
        _ chosen: inout [Int: Set<Int>],
        _ capacity: Int
    ) -> Bool {
        let isLost = lost.contains(pair.expert.index)
        var place: Int? = pair.expert.index
        if isLost || counts[pair.expert.index] >= capacity {
            place = policy == .drop ? nil : refuge(counts, chosen[pair.token] ?? [], capacity)
        }
        guard let place else {
            pair.position = -1
            pair.reason = isLost ? .lost : .capacity
            return false
        }
        let isElsewhere = place != pair.expert.index
        pair.expert = ExpertIndex(place)
        pair.position = counts[place]
        pair.reason = .none
        counts[place] += 1
        chosen[pair.token]?.insert(place)
        return isElsewhere
    }

    private func refuge(_ counts: [Int], _ chosen: Set<Int>, _ capacity: Int) -> Int? {
        counts.indices.filter {
            !lost.contains($0) && !chosen.contains($0) && counts[$0] < capacity
        }
        .min { (counts[$0], $0) < (counts[$1], $1) }
    }
}
