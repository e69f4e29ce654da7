import ClusterModel

/// RRE, random routed experts of PanGu-Σ: the domain says which group of experts, a fixed random
/// map of token ids says which expert in it.
///
/// Nothing is learned, there is no loss.
/// Score is 1 and the weights of a token sum to 1 (1/k each); overflow by position is dropped.
/// Source: PanGu-Σ, arXiv 2303.10845, section 3.2.
///
/// Ours: an id's expert is drawn from (seed, group, id), each alike and without regard to how
/// often the id occurs, as the paper's table is; further choices for k > 1 are the next experts
/// of the group, around its end.
public struct RandomRoutedExpertsRouter: Router {
    public let name = RouterName.rre
    public let groups: ExpertGroups
    public let topK: Int
    public let capacity: Capacity
    public let seed: UInt64

    /// Stops the process when a token would choose more experts than the smallest group has.
    public init(groups: ExpertGroups, topK: Int, capacity: Capacity, seed: UInt64) {
        invariant(
            topK <= groups.smallest,
            "rre chooses \(topK) experts in groups of \(groups.smallest)"
        )
        self.groups = groups
        self.topK = topK
        self.capacity = capacity
        self.seed = seed
    }

    /// Stops the process on a batch without token ids or domains.
    public func assign(_ batch: TokenBatch) -> Assignment {
        invariant(
            batch.tokenIDs.count == batch.count && batch.domains.count == batch.count,
            "rre got \(batch.tokenIDs.count) token ids and \(batch.domains.count) domains for "
                + "\(batch.count) tokens"
        )
        var pairs = zip(batch.tokenIDs, batch.domains).enumerated().flatMap { token, key in
            experts(of: key.0, domain: key.1).map {
                Assignment.Pair(token: token, expert: $0, score: 1, weight: 1 / Double(topK))
            }
        }
        let slots = capacity.slots(tokens: batch.count, experts: groups.experts, topK: topK)
        PositionTruncation.decide(&pairs, experts: groups.experts, capacity: slots)
        return Assignment(pairs: pairs, experts: groups.experts, capacity: slots)
    }

    /// The k different experts of an id that stands in a text of `domain`.
    public func experts(of id: UInt32, domain: UInt8) -> [Int] {
        let group = groups.group(of: domain)
        let members = groups.experts(of: group)
        var random = SeededRandom(seed, .groupExperts, UInt64(group), UInt64(id))
        let first = random.next(below: members.count)
        return (0..<topK).map { members.lowerBound + (first + $0) % members.count }
    }

    /// A table look-up.
    public func gateFlopsPerToken(hidden: Int) -> Double { 0 }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
