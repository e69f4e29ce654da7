// What no schedule can beat (design: lower bounds). Latency is left out: a bound may be low.

import ClusterModel
import Links

/// Lower bounds of the time of one exchange.
public struct LowerBound: Sendable, Equatable {
    /// LB2: each rank sends its own bytes over its own ports, and over those it has to share.
    public let direct: Interval
    /// LB3: a node's bytes may leave and enter through any of its NICs, and a rank's through all of
    /// its ports; so may a quad's through its NICs and its way to the quad beside it.
    ///
    /// Ranks of a tensor-parallel group have the same bytes, of which one copy is enough; so is one
    /// of a token for all experts of a node. Then mates may hand copies on, and all that is sure is
    /// what crosses between nodes and what each rank has to get.
    public let relayed: Interval
    /// The part of it that is of bytes between nodes.
    public let between: Interval

    /// `copies`: what is enough where experts of a node share tokens.
    public init(
        of matrix: TrafficMatrix,
        copies: TokenCopies? = nil,
        over ports: PortMap
    ) {
        let loads = PortLoads(of: matrix, over: ports)
        direct = Interval(seconds: max(loads.busiestSeconds, loads.sharedSeconds))
        let least: Double
        let nodes: Double
        if let copies {
            let crossing = PortLoads(of: copies.crossing, over: ports)
            let owed = PortLoads(of: copies.dispatch, over: ports)
            nodes = crossing.nodeSeconds
            least = max(nodes, crossing.sharedSeconds, owed.inboundSeconds)
        } else {
            nodes = loads.nodeSeconds
            least = max(nodes, loads.quadSeconds, loads.rankSeconds, loads.sharedSeconds)
        }
        let alike = Double(ports.layout.parallel.tp)
        relayed = Interval(seconds: least / alike)
        between = Interval(seconds: nodes / alike)
    }
}
