import ClusterModel
import Routing

/// What an expert decides when its slots are pooled over all ranks (capacity scope `global`).
///
/// Tokens have chosen; each expert hears of the pairs that chose it from all ranks and admits as
/// many as it has slots for. By position: every rank's first token before any rank's second, so
/// no rank is favoured (ours). By affinity: LocMoE+'s ranking over the tokens of all ranks.
/// Experts decide alone, so the rank where an expert lives can do it. A pair that its router has
/// refused by itself asks no expert, and stays refused.
public struct PooledAdmission: Hashable, Sendable {
    public enum Order: Hashable, Sendable {
        case position
        /// By position, but every token's first choice before any second one: of two shares that sum
        /// to 1 the first is one half or more (GShard, Algorithm 1).
        case firstChoices
        /// τ, and C_min.
        case affinity(threshold: Double, floor: Int)
    }

    public var order: Order
    /// C for the tokens of all ranks together.
    public private(set) var capacity: Int
    /// What C follows where it depends on how many pairs all ranks offer (Ada-K); nil: it is fixed.
    public let budget: Capacity?
    /// Whether experts choose, and tokens do not: a pair that is not admitted was never asked for.
    ///
    /// A token that no expert takes is recorded with its best one, dropped for capacity.
    public let expertsChoose: Bool
    /// Experts that a fault has taken away: they admit nobody.
    public var lost: Set<ExpertIndex> = []

    public init(
        order: Order,
        capacity: Int,
        budget: Capacity? = nil,
        expertsChoose: Bool = false
    ) {
        self.order = order
        self.capacity = capacity
        self.budget = budget
        self.expertsChoose = expertsChoose
    }

    /// The same with the C that follows from the pairs of all ranks.
    ///
    /// - Parameters:
    ///   - pairs: how many all ranks offer.
    ///   - experts: n.
    /// - Returns: one whose C is fixed.
    public func holding(pairs: Int, experts: Int) -> PooledAdmission {
        guard let budget else { return self }
        var held = self
        held.capacity = budget.slots(pairs: pairs, experts: experts)
        return held
    }

    /// Whether a pair asks an expert: those that a router refuses by itself do not.
    public static func asks(_ pair: Assignment.Pair) -> Bool {
        pair.reason == .none || pair.reason == .capacity
    }

    /// Decides for every expert.
    ///
    /// - Parameters:
    ///   - candidates: what each rank's tokens chose, in token order; that a router had no room for
    ///     them is forgotten.
    ///   - experts: n.
    /// - Returns: the assignment of each rank.
    public func decide(_ candidates: [[Assignment.Pair]], experts: Int) -> [Assignment] {
        let offered = candidates.reduce(0) { $0 + $1.count(where: Self.asks) }
        let held = holding(pairs: offered, experts: experts)
        return zip(candidates, held.verdicts(candidates, experts: experts)).map {
            held.assignment($0, $1, experts: experts)
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
        case .position, .firstChoices:
            PositionTruncation.decide(&pooled.pairs, experts: experts, capacity: capacity)
        case .affinity(let threshold, let floor):
            AffinityTruncation(threshold: threshold, floor: floor)
                .decide(&pooled.pairs, experts: experts, capacity: capacity)
        }
        var verdicts = candidates.map { $0.map(\.reason) }
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
        return Assignment(
            pairs: expertsChoose ? Self.taken(decided) : decided,
            experts: experts,
            capacity: capacity
        )
    }

    /// Those that were taken, and of tokens that nobody took their first, which is their best.
    private static func taken(_ pairs: [Assignment.Pair]) -> [Assignment.Pair] {
        let served = Set(pairs.lazy.filter(\.isKept).map(\.token))
        var last = -1
        return pairs.filter { pair in
            let isFirst = pair.token != last
            last = pair.token
            return pair.isKept || (isFirst && !served.contains(pair.token))
        }
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
            candidates[rank].indices.filter { Self.asks(candidates[rank][$0]) }
                .map { Place(rank: rank, pair: $0) }
        }
        func key(_ place: Place) -> (Int, Int, Int, Int) {
            let pair = candidates[place.rank][place.pair]
            let isSecond = order == .firstChoices && pair.score < 0.5
            return (isSecond ? 1 : 0, pair.token, place.rank, place.pair)
        }
        switch order {
        case .position, .firstChoices: places.sort { key($0) < key($1) }
        case .affinity: break
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
