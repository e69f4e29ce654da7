// Which ports a chunk crosses, and how fast they are.

import ClusterModel

/// The way of a chunk between two ranks.
public struct Route: Sendable, Equatable {
    public let link: LinkClass
    /// Index of the port among the sender's egress ports.
    public let egress: Int
    /// Index of the port among the receiver's ingress ports.
    public let ingress: Int
    public let latency: Interval
    /// The port that it shares with chunks of other ranks once it has left its own.
    public let sharedOut: Int?
    /// The port that it shares before it enters its receiver's own.
    public let sharedIn: Int?

    init(
        _ link: LinkClass,
        egress: Int,
        ingress: Int,
        latency: Interval,
        sharedOut: Int? = nil,
        sharedIn: Int? = nil
    ) {
        self.link = link
        self.egress = egress
        self.ingress = ingress
        self.latency = latency
        self.sharedOut = sharedOut
        self.sharedIn = sharedIn
    }
}

/// The ports of every rank, and those that ranks share.
///
/// Port 0 of a rank is its NIC, port 1 its lane to the PCIe switch, the others are its HCCS
/// ports: on a mesh each ordered pair has a link of its own, so a port for each node mate; on a
/// switch an NPU has one port each way. Between quads a chunk leaves by its rank's lane and then
/// shares one port with all that cross the same way. Between leaves it shares the uplink.
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

    // MARK: A rank's own ports

    private static let nic = 0
    private static let lane = 1
    private static let firstHCCS = 2

    /// The ports of one rank in one direction.
    public var portCount: Int {
        switch links.topology {
        case .mesh, .quads: Self.firstHCCS + layout.npusPerNode
        case .switch: Self.firstHCCS + 1
        }
    }

    /// The link of the port with this index, the same at every rank and both ways.
    public func rate(ofPort index: Int) -> LinkRate {
        switch index {
        case Self.nic: links.roce
        case Self.lane: links.pcie ?? links.hccs
        default: links.hccs
        }
    }

    /// The class of link of the port with this index.
    public func link(ofPort index: Int) -> LinkClass {
        switch index {
        case Self.nic: .roce
        case Self.lane: .pcie
        default: .hccs
        }
    }

    public func rate(of link: LinkClass) -> LinkRate {
        switch link {
        case .hccs: links.hccs
        case .pcie: links.pcie ?? links.hccs
        case .roce: links.roce
        }
    }

    // MARK: Ways

    /// The class of link between two different ranks.
    public func link(_ a: Rank, _ b: Rank) -> LinkClass {
        let nodes = (layout.node(of: a).index, layout.node(of: b).index)
        guard nodes.0 == nodes.1 else {
            return nodes.0 / links.planeNodes == nodes.1 / links.planeNodes ? .hccs : .roce
        }
        guard links.topology == .quads else { return .hccs }
        return quad(of: a) == quad(of: b) ? .hccs : .pcie
    }

    /// The place of a rank's quad in its node.
    private func quad(of rank: Rank) -> Int { layout.index(of: rank) / HCCSTopology.quadSize }

    /// The way from one rank to another.
    public func route(from source: Rank, to destination: Rank) -> Route {
        invariant(source != destination, "a route from rank \(source) to itself")
        switch link(source, destination) {
        case .hccs: return hccsRoute(from: source, to: destination)
        case .pcie: return pcieRoute(from: source, to: destination)
        case .roce: return roceRoute(from: source, to: destination)
        }
    }

    private func hccsRoute(from source: Rank, to destination: Rank) -> Route {
        let isSwitch = links.topology == .switch
        return Route(
            .hccs,
            egress: Self.firstHCCS + (isSwitch ? 0 : layout.index(of: destination)),
            ingress: Self.firstHCCS + (isSwitch ? 0 : layout.index(of: source)),
            latency: links.hccs.latency
        )
    }

    private func pcieRoute(from source: Rank, to destination: Rank) -> Route {
        let node = layout.node(of: source).index
        let pair = quad(of: source) * quadsPerNode + quad(of: destination)
        return Route(
            .pcie,
            egress: Self.lane,
            ingress: Self.lane,
            latency: rate(of: .pcie).latency,
            sharedOut: node * quadsPerNode * quadsPerNode + pair
        )
    }

    private func roceRoute(from source: Rank, to destination: Rank) -> Route {
        let leaves = (leaf(of: source), leaf(of: destination))
        let crosses = leaves.0 != leaves.1
        return Route(
            .roce,
            egress: Self.nic,
            ingress: Self.nic,
            latency: links.roce.latency,
            sharedOut: crosses ? firstUplink + leaves.0 : nil,
            sharedIn: crosses ? firstUplink + leafCount + leaves.1 : nil
        )
    }

    // MARK: Quads

    private var quadsPerNode: Int {
        (layout.npusPerNode + HCCSTopology.quadSize - 1) / HCCSTopology.quadSize
    }

    /// Quads of all nodes; 0 where the topology has none.
    public var quadCount: Int { links.topology == .quads ? layout.nodes * quadsPerNode : 0 }

    /// The index of a rank's quad among those of all nodes.
    public func quadIndex(of rank: Rank) -> Int {
        layout.node(of: rank).index * quadsPerNode + quad(of: rank)
    }

    /// What joins a quad with everybody else, each way: its NICs, and a PCIe port for each quad
    /// beside it.
    public func bytesPerSecond(aroundQuad index: Int) -> Double {
        let first = index % quadsPerNode * HCCSTopology.quadSize
        let nics = min(HCCSTopology.quadSize, layout.npusPerNode - first)
        return Double(nics) * Double(links.roce.bandwidth.bytesPerSecond)
            + Double(quadsPerNode - 1) * Double(rate(of: .pcie).bandwidth.bytesPerSecond)
    }

    // MARK: Shared ports

    private var quadPorts: Int {
        links.topology == .quads ? layout.nodes * quadsPerNode * quadsPerNode : 0
    }

    private var firstUplink: Int { quadPorts }

    private var leafCount: Int {
        guard let uplink = links.uplink else { return 1 }
        return (layout.nodes + uplink.nodesPerLeaf - 1) / uplink.nodesPerLeaf
    }

    private func leaf(of rank: Rank) -> Int {
        links.uplink.map { layout.node(of: rank).index / $0.nodesPerLeaf } ?? 0
    }

    /// Ports that several ranks use: of pairs of quads, then all ways up to a leaf, then all down.
    ///
    /// A chunk passes them in ascending order.
    public var sharedPortCount: Int { quadPorts + (leafCount > 1 ? 2 * leafCount : 0) }

    /// Whether a shared port is a leaf's way up or down, not one of a pair of quads.
    public func isUplink(sharedPort index: Int) -> Bool { index >= firstUplink }

    /// The rate of a shared port.
    public func bandwidth(ofSharedPort index: Int) -> Bandwidth {
        guard isUplink(sharedPort: index), let uplink = links.uplink else {
            return rate(of: .pcie).bandwidth
        }
        let nics = Double(uplink.nodesPerLeaf * layout.npusPerNode)
        let rate = Double(links.roce.bandwidth.bytesPerSecond) * nics / uplink.oversubscription
        return Bandwidth(bytesPerSecond: max(1, Int64(rate.rounded())))
    }

    /// The least rate of any port.
    public var slowest: Bandwidth {
        let own = (0..<portCount).map { rate(ofPort: $0).bandwidth }
        let shared = (0..<sharedPortCount).map { bandwidth(ofSharedPort: $0) }
        return (own + shared).min { $0.bytesPerSecond < $1.bytesPerSecond } ?? links.roce.bandwidth
    }

    /// What a rank's own ports but its NIC carry each way, together; 0 where it has no mate.
    public var insideBytesPerSecond: Double {
        let hasLane = links.topology == .quads && quadsPerNode > 1
        return hccsBytesPerSecond
            + (hasLane ? Double(rate(of: .pcie).bandwidth.bytesPerSecond) : 0)
    }

    private var hccsBytesPerSecond: Double {
        let mates = layout.npusPerNode * min(links.planeNodes, layout.nodes) - 1
        let used: Int
        switch links.topology {
        case .mesh: used = mates
        case .switch: used = min(1, mates)
        case .quads: used = min(HCCSTopology.quadSize - 1, mates)
        }
        return Double(links.hccs.bandwidth.bytesPerSecond) * Double(used)
    }

    /// The most bytes a second that all ranks together can send, in emulated time.
    public var peakBytesPerSecond: Double {
        let isAlone = layout.nodes <= links.planeNodes
        let nic = isAlone ? 0 : Double(links.roce.bandwidth.bytesPerSecond)
        let lane = links.topology == .quads && quadsPerNode > 1 ? pcieShare : 0
        return Double(layout.world) * (nic + hccsBytesPerSecond + lane)
    }

    /// What each rank of a quad has of the port to another quad when all use it.
    private var pcieShare: Double {
        Double(rate(of: .pcie).bandwidth.bytesPerSecond) / Double(HCCSTopology.quadSize)
    }
}
