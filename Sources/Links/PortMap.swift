// Which ports a chunk crosses, and how fast they are.

import ClusterModel

/// The way of a chunk between two ranks.
public struct Route: Sendable, Equatable {
    /// Index of the port among the sender's egress ports.
    public let egress: Int
    /// Index of the port among the receiver's ingress ports.
    public let ingress: Int
    public let latency: Interval
}

/// The ports of every rank: port 0 is its NIC, the others are its HCCS ports.
///
/// On a mesh each ordered pair of a node has a link of its own: a port for each node mate. On a
/// switch an NPU has one port each way for all of them.
public struct PortMap: Sendable, Equatable {
    public let layout: RankLayout
    public let links: LinkSettings

    public init(layout: RankLayout, links: LinkSettings) {
        self.layout = layout
        self.links = links
    }

    /// Links so fast that nothing waits: the bare engine.
    public static func unshaped(layout: RankLayout) -> PortMap {
        let rate = LinkRate(bandwidth: Bandwidth(bytesPerSecond: .max / 8), latency: .zero)
        return PortMap(
            layout: layout,
            links: LinkSettings(hccs: rate, topology: .mesh, roce: rate)
        )
    }

    /// The ports of one rank in one direction.
    public var portCount: Int {
        switch links.topology {
        case .mesh: 1 + layout.npusPerNode
        case .switch: 2
        }
    }

    /// The rate of the port with this index, the same at every rank and both ways.
    public func bandwidth(ofPort index: Int) -> Bandwidth {
        index == 0 ? links.roce.bandwidth : links.hccs.bandwidth
    }

    public func rate(of link: LinkClass) -> LinkRate {
        switch link {
        case .hccs: links.hccs
        case .roce: links.roce
        }
    }

    /// The way from one rank to another.
    public func route(from source: Rank, to destination: Rank) -> Route {
        invariant(source != destination, "a route from rank \(source) to itself")
        guard layout.areOnOneNode(source, destination) else {
            return Route(egress: 0, ingress: 0, latency: links.roce.latency)
        }
        switch links.topology {
        case .mesh:
            return Route(
                egress: 1 + destination.index % layout.npusPerNode,
                ingress: 1 + source.index % layout.npusPerNode,
                latency: links.hccs.latency
            )
        case .switch:
            return Route(egress: 1, ingress: 1, latency: links.hccs.latency)
        }
    }

    /// The most bytes a second that all ranks together can send, in emulated time.
    public var peakBytesPerSecond: Double {
        let nics = layout.nodes > 1 ? Double(links.roce.bandwidth.bytesPerSecond) : 0
        let mates = layout.npusPerNode - 1
        let ports = links.topology == .mesh ? mates : min(1, mates)
        let hccs = Double(links.hccs.bandwidth.bytesPerSecond) * Double(ports)
        return Double(layout.world) * (nics + hccs)
    }
}
