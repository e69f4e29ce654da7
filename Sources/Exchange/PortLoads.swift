// How much each port has to carry, and how long that takes.

import ClusterModel
import Links

/// Bytes that cross each port when every message takes the direct way.
struct PortLoads {
    private let ports: PortMap
    private var out: [Int]
    private var into: [Int]
    private var shared: [Int]
    private var nodeOut: [Int]
    private var nodeIn: [Int]
    private var quadOut: [Int]
    private var quadIn: [Int]

    init(of matrix: TrafficMatrix, over ports: PortMap) {
        self.ports = ports
        let layout = ports.layout
        out = Array(repeating: 0, count: layout.world * ports.portCount)
        into = out
        shared = Array(repeating: 0, count: ports.sharedPortCount)
        nodeOut = Array(repeating: 0, count: layout.nodes)
        nodeIn = nodeOut
        quadOut = Array(repeating: 0, count: ports.quadCount)
        quadIn = quadOut
        for from in layout.ranks {
            for to in layout.ranks where to != from && matrix[from, to] > 0 {
                add(matrix[from, to], from, to)
            }
        }
    }

    private mutating func add(_ bytes: Int, _ from: Rank, _ to: Rank) {
        let route = ports.route(from: from, to: to)
        out[from.index * ports.portCount + route.egress] += bytes
        into[to.index * ports.portCount + route.ingress] += bytes
        if let port = route.sharedOut { shared[port] += bytes }
        if let port = route.sharedIn { shared[port] += bytes }
        if ports.quadCount > 0, route.link != .hccs {
            quadOut[ports.quadIndex(of: from)] += bytes
            quadIn[ports.quadIndex(of: to)] += bytes
        }
        guard route.link == .roce else { return }
        nodeOut[ports.layout.node(of: from).index] += bytes
        nodeIn[ports.layout.node(of: to).index] += bytes
    }

    /// The busiest port.
    var busiestSeconds: Double { busiest.map { $0.seconds }.max() ?? 0 }

    /// The busiest port of each class of link, of a rank's own ones.
    var busiest: [(link: LinkClass, bytes: Int, seconds: Double)] {
        LinkClass.allCases.compactMap { link in
            let own = out.indices.filter { ports.link(ofPort: $0 % ports.portCount) == link }
            guard let bytes = own.map({ max(out[$0], into[$0]) }).max() else { return nil }
            return (link, bytes, Double(bytes) / ports.rate(of: link).bytesPerSecond)
        }
    }

    /// The busiest rank: what stays in its node or plane spread over all of its ports inside, and all
    /// that it has over these and its NIC.
    var rankSeconds: Double {
        let nic = ports.links.roce.bytesPerSecond
        let inside = ports.insideBytesPerSecond
        return ports.layout.ranks.map { rank in
            let own = rank.index * ports.portCount..<(rank.index + 1) * ports.portCount
            return [out, into].map { loads in
                let all = Double(loads[own].reduce(0, +))
                let outer = own.filter { ports.link(ofPort: $0 % ports.portCount) == .roce }
                let far = Double(outer.reduce(0) { $0 + loads[$1] })
                guard inside > 0 else { return all / nic }
                return max((all - far) / inside, all / (inside + nic))
            }.max() ?? 0
        }.max() ?? 0
    }

    /// The rank that gets most, over all of its ports together.
    var inboundSeconds: Double {
        let isAlone = nodeIn.count <= ports.links.planeNodes
        let all = ports.insideBytesPerSecond + (isAlone ? 0 : ports.links.roce.bytesPerSecond)
        guard all > 0 else { return 0 }
        return ports.layout.ranks.map { rank in
            let own = rank.index * ports.portCount..<(rank.index + 1) * ports.portCount
            return Double(into[own].reduce(0, +)) / all
        }.max() ?? 0
    }

    var sharedSeconds: Double { busiestShared?.seconds ?? 0 }

    /// The busiest of the ports that several ranks use.
    var busiestShared: (port: Int, bytes: Int, seconds: Double)? {
        shared.indices.map { port in
            let rate = Double(ports.bandwidth(ofSharedPort: port).bytesPerSecond)
            return (port, shared[port], Double(shared[port]) / rate)
        }
        .max { $0.seconds < $1.seconds }
    }

    /// The busiest quad, its bytes spread over all that joins it with others.
    var quadSeconds: Double {
        quadOut.indices.map {
            Double(max(quadOut[$0], quadIn[$0])) / ports.bytesPerSecond(aroundQuad: $0)
        }.max() ?? 0
    }

    /// The busiest node, its bytes spread over all of its NICs.
    var nodeSeconds: Double {
        let nics = Double(ports.layout.npusPerNode) * ports.links.roce.bytesPerSecond
        return Double(max(nodeOut.max() ?? 0, nodeIn.max() ?? 0)) / nics
    }
}

extension LinkRate {
    fileprivate var bytesPerSecond: Double { Double(bandwidth.bytesPerSecond) }
}
