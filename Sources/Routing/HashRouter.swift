import ClusterModel

/// Hash: a fixed random balanced map from token id to expert, nothing learned.
///
/// Score is 1 and the weights of a token sum to 1 (1/k each). Overflow by position is dropped.
/// Source: Hash Layers, arXiv 2106.04426; a baseline of LocMoE.
public struct HashRouter: Router {
    public let name = RouterName.hash
    public let map: BalancedTokenMap
    public let topK: Int
    public let capacity: Capacity

    public init(map: BalancedTokenMap, topK: Int, capacity: Capacity) {
        self.map = map
        self.topK = topK
        self.capacity = capacity
    }

    /// Stops the process on a batch without token ids.
    public func assign(_ batch: TokenBatch) -> Assignment {
        invariant(
            batch.tokenIDs.count == batch.count,
            "the hash router got \(batch.tokenIDs.count) token ids for \(batch.count) tokens"
        )
        let weight = 1 / Double(topK)
        var pairs = batch.tokenIDs.enumerated().flatMap { token, id in
            map.experts(of: id, k: topK).map {
                Assignment.Pair(token: token, expert: $0, score: 1, weight: weight)
            }
        }
        let slots = capacity.slots(tokens: batch.count, experts: map.experts, topK: topK)
        PositionTruncation.decide(&pairs, experts: map.experts, capacity: slots)
        return Assignment(pairs: pairs, experts: map.experts, capacity: slots)
    }

    /// A table look-up.
    public func gateFlopsPerToken(hidden: Int) -> Double { 0 }

    public func pairsMax(tokens: Int) -> Int { tokens * topK }
}
