// What no schedule can beat (design: lower bounds). Latency is left out: a bound may be low.

import ClusterModel
import Links

/// Lower bounds of the time of one exchange.
public struct LowerBound: Sendable, Equatable {
    /// LB2: each rank sends its own bytes over its own ports.
    public let direct: Interval
    /// LB3: a node's bytes may leave and enter through any of its NICs.
    public let relayed: Interval

    public init(of matrix: TrafficMatrix, over ports: PortMap) {
        let layout = ports.layout
        var direct = 0.0
        var fast = 0.0
        var nodeOut = Array(repeating: 0, count: layout.nodes)
        var nodeIn = nodeOut
        for rank in layout.ranks {
            var load = RankLoad()
            for peer in layout.ranks where peer != rank {
                let out = matrix[rank, peer]
                let into = matrix[peer, rank]
                if layout.areOnOneNode(rank, peer) {
                    load.addFast(out: out, into: into)
                } else {
                    load.slowOut += out
                    load.slowIn += into
                    nodeOut[layout.node(of: rank).index] += out
                    nodeIn[layout.node(of: rank).index] += into
                }
            }
            let fastTime = load.fastBytes(ports.links.topology) / ports.links.hccs.rate
            fast = max(fast, fastTime)
            direct = max(direct, fastTime, Double(load.slowMax) / ports.links.roce.rate)
        }
        let nics = Double(layout.npusPerNode) * ports.links.roce.rate
        let busiest = Double(max(nodeOut.max() ?? 0, nodeIn.max() ?? 0))
        self.direct = Interval(seconds: direct)
        relayed = Interval(seconds: max(fast, busiest / nics))
    }
}

/// What one rank sends and receives on each tier.
private struct RankLoad {
    var slowOut = 0
    var slowIn = 0
    private var fastOut = 0
    private var fastIn = 0
    private var fastPairMax = 0

    mutating func addFast(out: Int, into: Int) {
        fastOut += out
        fastIn += into
        fastPairMax = max(fastPairMax, out, into)
    }

    var slowMax: Int { max(slowOut, slowIn) }

    /// Bytes of the busiest port: a pair's own on a mesh, all of them on a switch.
    func fastBytes(_ topology: HCCSTopology) -> Double {
        switch topology {
        case .mesh: Double(fastPairMax)
        case .switch: Double(max(fastOut, fastIn))
        }
    }
}

extension LinkRate {
    fileprivate var rate: Double { Double(bandwidth.bytesPerSecond) }
}
