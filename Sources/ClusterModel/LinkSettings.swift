/// The rate and the delays of one class of link, in emulated units, one direction.
public struct LinkRate: Hashable, Sendable {
    public var bandwidth: Bandwidth
    /// From the last byte's departure to its arrival.
    public var latency: Interval
    /// How long a port is occupied by the beginning of each message, before its first byte; none
    /// is published, so it is 0 unless set.
    public var messageOverhead: Interval

    public init(bandwidth: Bandwidth, latency: Interval, messageOverhead: Interval = .zero) {
        self.bandwidth = bandwidth
        self.latency = latency
        self.messageOverhead = messageOverhead
    }
}

/// What joins the nodes of a leaf switch with those of other leaves.
public struct LeafUplink: Hashable, Sendable {
    public var nodesPerLeaf: Int
    /// NICs of a leaf over its uplink, at least 1: the uplink's rate is NICs / oversubscription.
    public var oversubscription: Double

    public init(nodesPerLeaf: Int, oversubscription: Double) {
        self.nodesPerLeaf = nodesPerLeaf
        self.oversubscription = oversubscription
    }
}

/// The links of a cluster.
public struct LinkSettings: Hashable, Sendable {
    public var hccs: LinkRate
    public var topology: HCCSTopology
    /// Servers that one HCCS plane joins: 1, or as many as a supernode has.
    public var planeNodes: Int
    /// Between the quads of a server, a port for each ordered pair of quads; `nil` without quads.
    public var pcie: LinkRate?
    public var roce: LinkRate
    /// `nil`: leaves are joined without loss of rate.
    public var uplink: LeafUplink?

    public init(
        hccs: LinkRate,
        topology: HCCSTopology,
        planeNodes: Int = 1,
        pcie: LinkRate? = nil,
        roce: LinkRate,
        uplink: LeafUplink? = nil
    ) {
        self.hccs = hccs
        self.topology = topology
        self.planeNodes = planeNodes
        self.pcie = pcie
        self.roce = roce
        self.uplink = uplink
    }
}
