import ClusterModel
import Routing

/// What an expert decides when its slots are pooled over all ranks (capacity scope `global`).
///
/// Tokens have chosen; each expert hears of the pairs that chose it from all ranks and admits as
/// many as it has slots for. By position: every rank's first token before any rank's second, so
/// no rank is favoured (ours). By affinity: LocMoE+'s ranking over the tokens of all ranks.
/// Experts decide alone, so the rank where an expert lives can do it.
public struct PooledAdmission: Hashable, Sendable {
    public enum Order: Hashable, Sendable {
        case position
        /// τ, and C_min.
        case affinity(threshold: Double, floor: Int)
    }

    public var order: Order
    /// C for the tokens of all ranks together.
    public var capacity: Int
    /// Experts that a fault has taken away: they admit nobody.
    public var lost: Set<ExpertIndex> = []

    public init(order: Order, capacity: Int) {
        self.order = order
        self.capacity = capacity
    }

    /// Decides for every expert.
    ///
    /// - Parameters:
    ///   - candidates: what each rank's tokens chose, in token order; what a router decided about
    ///     them is forgotten.
    ///   - experts: n.
    /// - Returns: the assignment of each rank.
    public func decide(_ candidates: [[Assignment.Pair]], experts: Int) -> [Assignment] {
        zip(candidates, verdicts(candidates, experts: experts)).map {
            assignment($0, $1, experts: experts)
        }
    }

    /// The verdicts alone, in the order of the candidates: `.none` for the pairs admitted.
    ///
    /// Pairs of different experts do not touch each other: the rank where some experts live may
    /// decide on their candidates alone.
    public func verdicts(
        _ candidates: [[Assignment.Pair]],
        experts: Int
    ) -> [[Assignment.Reason]] {
        var pooled = pool(candidates)
        switch order {
        case .position:
            PositionTruncation.decide(&pooled.pairs, experts: experts, capacity: capacity)
        case .affinity(let threshold, let floor):
            AffinityTruncation(threshold: threshold, floor: floor)
                .decide(&pooled.pairs, experts: experts, capacity: capacity)
        }
        var verdicts = candidates.map { $0.map { _ in Assignment.Reason.none } }
        for (pair, place) in zip(pooled.pairs, pooled.places) {
            verdicts[place.rank][place.pair] = lost.contains(pair.expert) ? .lost : pair.reason
        }
        return verdicts
    }

    /// One rank's assignment, once all verdicts on its pairs are in: admitted pairs take the
    /// slots of its buffers in token order.
    public func assignment(
        _ pairs: [Assignment.Pair],
        _ verdicts: [Assignment.Reason],
        experts: Int
    ) -> Assignment {
        var counts = [Int](repeating: 0, count: experts)
        let decided = zip(pairs, verdicts).map { pair, verdict in
            var pair = pair
            (pair.position, pair.reason) = (-1, verdict)
            guard verdict == .none else { return pair }
            pair.position = counts[pair.expert.index]
            counts[pair.expert.index] += 1
            return pair
        }
        return Assignment(pairs: decided, experts: experts, capacity: capacity)
    }

    private struct Place {
        var rank: Int
        var pair: Int
    }

    /// All pairs as undecided ones, in the order that breaks ties.
    private func pool(
        _ candidates: [[Assignment.Pair]]
    ) -> (pairs: [Assignment.Pair], places: [Place]) {
        var places = candidates.indices.flatMap { rank in
            candidates[rank].indices.map { Place(rank: rank, pair: $0) }
        }
        if order == .position {
            places.sort {
                (candidates[$0.rank][$0.pair].token, $0.rank, $0.pair)
                    < (candidates[$1.rank][$1.pair].token, $1.rank, $1.pair)
            }
        }
        let pairs = places.map { place in
            var pair = candidates[place.rank][place.pair]
            pair.position = -1
            pair.reason = .none
            return pair
        }
        return (pairs, places)
    }
}
