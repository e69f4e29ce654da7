import ClusterModel
import Routing

/// What routers decided, counted over ranks, layers and steps.
public struct RoutingTally: Hashable, Sendable {
    /// (token, expert) pairs that tokens chose.
    public var offered = 0
    public var kept = 0
    /// Those of them whose expert is on another node.
    public var offeredAway = 0
    public var keptAway = 0
    /// Pairs that chose each expert, [experts]; of several layers the sum.
    public var load: [Int]

    public init(experts: Int) { load = [Int](repeating: 0, count: experts) }

    /// Counts one rank's decisions.
    public mutating func count(
        _ assignment: Assignment,
        of rank: Rank,
        _ placement: ExpertPlacement
    ) {
        for pair in assignment.pairs {
            let home = placement.home(of: pair.expert, for: rank)
            let isAway = !placement.layout.areOnOneNode(home, rank)
            offered += 1
            offeredAway += isAway ? 1 : 0
            load[pair.expert.index] += 1
            guard pair.isKept else { continue }
            kept += 1
            keptAway += isAway ? 1 : 0
        }
    }

    public mutating func add(_ other: RoutingTally) {
        offered += other.offered
        kept += other.kept
        offeredAway += other.offeredAway
        keptAway += other.keptAway
        for i in load.indices { load[i] += other.load[i] }
    }

    /// Nil where nothing was offered.
    public var keptShare: Double? { Self.share(kept, of: offered) }
    public var awayChosenShare: Double? { Self.share(offeredAway, of: offered) }
    public var awayKeptShare: Double? { Self.share(keptAway, of: kept) }
    public var loadMaxOverMean: Double? {
        guard offered > 0, let largest = load.max() else { return nil }
        return Double(largest * load.count) / Double(offered)
    }

    private static func share(_ part: Int, of whole: Int) -> Double? {
        whole > 0 ? Double(part) / Double(whole) : nil
    }
}
