import ClusterModel
import Routing

/// What `route` finds, as JSON.
struct RouteResult: Encodable {
    /// A (token, expert) pair, as a row of the CSV has it.
    struct Pair: Encodable {
        var token: Int
        var expert: Int
        var score: Double
        var weight: Double
        /// -1 if it was dropped.
        var position: Int
        var kept: Bool
        var reason: String
    }

    private let router: String
    private let capacity: Int
    private let offered: Int
    private let kept: Int
    private let rerouted: Int
    private let dropped: Int
    private let droppedByCapacity: Int
    private let droppedByThreshold: Int
    /// Of kept tokens by expert; missing where it is not defined.
    private let calinskiHarabasz: Double?
    private let pairs: [Pair]

    init(_ assignment: Assignment, router: RouterName, calinskiHarabasz: Double?) {
        self.router = router.rawValue
        self.calinskiHarabasz = calinskiHarabasz
        capacity = assignment.capacity
        offered = assignment.offered
        kept = assignment.kept
        rerouted = assignment.rerouted
        dropped = assignment.dropped
        droppedByCapacity = assignment.dropped(for: .capacity)
        droppedByThreshold = assignment.dropped(for: .threshold)
        pairs = assignment.pairs.map { pair in
            Pair(
                token: pair.token,
                expert: pair.expert.index,
                score: Double(pair.score),
                weight: Double(pair.weight),
                position: pair.position,
                kept: pair.isKept,
                reason: pair.reason.rawValue
            )
        }
    }
}
