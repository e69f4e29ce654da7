// What to send to see what a class of link does: one flow alone, then several through one port.

import ClusterModel
import Exchange
import Links

/// Flows over one class of link, all of them as large as the next.
public struct LinkProbe: Sendable, Equatable {
    /// "hccs", "pcie", "roce" or "uplink".
    public let link: String
    /// From and to.
    public let flows: [[Rank]]
    private let ports: PortMap

    private init?(_ link: String, _ flows: [[Rank]], _ ports: PortMap) {
        guard !flows.isEmpty else { return nil }
        self.link = link
        self.flows = flows
        self.ports = ports
    }

    /// The bytes of every flow.
    public func matrix(_ bytes: Int) -> TrafficMatrix {
        var matrix = TrafficMatrix(size: ports.layout.world)
        for flow in flows { matrix[flow[0], flow[1]] = bytes }
        return matrix
    }

    /// GB/s of all flows together by the configuration: the busiest port decides.
    public var configuredRate: Double {
        let bytes = 1 << 40
        let bound = LowerBound(of: matrix(bytes), over: ports).direct
        return Double(flows.count) * Double(bytes) / bound.seconds / 1e9
    }

    /// Of an empty message on the first flow's way: its beginning, then the link's delay.
    public var configuredLatency: Interval {
        let route = ports.route(from: flows[0][0], to: flows[0][1])
        return route.latency + ports.rate(of: route.link).messageOverhead
    }
}

extension LinkProbe {
    /// Flows of a competition at most, so that a run stays short.
    private static let flowsMax = 4

    /// A single flow and a competition for each class of link that the cluster has.
    public static func all(over ports: PortMap) -> [LinkProbe] {
        fan("hccs", .hccs, ports) + quads(ports) + fan("roce", .roce, ports) + uplink(ports)
    }

    /// From rank 0 to one other, then to several at once.
    private static func fan(_ name: String, _ link: LinkClass, _ ports: PortMap) -> [LinkProbe] {
        let first = Rank(0)
        let flows = ports.layout.ranks
            .filter { $0 != first && ports.link(first, $0) == link }
            .prefix(flowsMax)
            .map { [first, $0] }
        return pair(name, flows, ports)
    }

    /// From the ranks of one quad to those of the next, all through the port that they share.
    private static func quads(_ ports: PortMap) -> [LinkProbe] {
        let quad = HCCSTopology.quadSize
        let flows = (0..<min(quad, max(0, ports.layout.npusPerNode - quad)))
            .map { [Rank($0), Rank($0 + quad)] }
            .filter { ports.link($0[0], $0[1]) == .pcie }
        return pair("pcie", flows, ports)
    }

    /// From the ranks of one leaf to those of the next: as many as fill its uplink.
    private static func uplink(_ ports: PortMap) -> [LinkProbe] {
        guard let uplink = ports.links.uplink else { return [] }
        let leaf = uplink.nodesPerLeaf * ports.layout.npusPerNode
        let flows = (0..<max(0, min(leaf, ports.layout.world - leaf)))
            .map { [Rank($0), Rank($0 + leaf)] }
            .filter { ports.route(from: $0[0], to: $0[1]).sharedOut != nil }
            .filter { ports.link($0[0], $0[1]) == .roce }
        return pair("uplink", flows, ports)
    }

    private static func pair(_ name: String, _ flows: [[Rank]], _ ports: PortMap) -> [LinkProbe] {
        let single = LinkProbe(name, Array(flows.prefix(1)), ports)
        let several = flows.count > 1 ? LinkProbe(name, flows, ports) : nil
        return [single, several].compactMap(\.self)
    }
}
