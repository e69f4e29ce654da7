// From tokens kept for experts to bytes between ranks: the same arithmetic on the sender, on the
// receiver and in the simulation.

import ClusterModel

/// What the tokens of an MoE layer weigh on the wire.
public struct ExpertTraffic: Sendable, Equatable {
    public let placement: ExpertPlacement
    public let payload: PayloadLayout
    /// Bytes of one token's activation.
    public let tokenBytes: ByteCount

    /// `excluded`: ranks that the run goes on without.
    public init(_ plan: ClusterPlan, excluded: Set<Rank> = []) {
        placement = ExpertPlacement(RankLayout(plan), excluded: excluded)
        payload = plan.exchange.layout
        tokenBytes = plan.model.tokenBytes
    }

    public var layout: RankLayout { placement.layout }

    /// Slots that travel to one expert from one source: the kept tokens, or all of capacity.
    public func slots(kept: Int, capacity: Int) -> Int {
        switch payload {
        case .exact: kept
        case .padded: capacity
        }
    }

    /// Bytes from `source` to each rank; `kept` are its tokens that each expert keeps.
    public func send(from source: Rank, kept: [Int], capacity: Int) -> [Int] {
        var bytes = Array(repeating: 0, count: layout.world)
        for (expert, count) in kept.enumerated() {
            let home = placement.home(of: ExpertIndex(expert), for: source)
            bytes[home.index] += slots(kept: count, capacity: capacity) * tokenBytes.value
        }
        return bytes
    }

    /// The ranks whose tokens the experts of `rank` compute.
    public func sources(of rank: Rank) -> [Rank] { placement.sources(of: rank) }
}
