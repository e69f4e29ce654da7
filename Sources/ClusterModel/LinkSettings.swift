/// The rate and the delay of one class of link, in emulated units, one direction.
public struct LinkRate: Hashable, Sendable {
    public var bandwidth: Bandwidth
    public var latency: Interval

    public init(bandwidth: Bandwidth, latency: Interval) {
        self.bandwidth = bandwidth
        self.latency = latency
    }
}

/// The links of a cluster.
public struct LinkSettings: Hashable, Sendable {
    public var hccs: LinkRate
    public var topology: HCCSTopology
    public var roce: LinkRate

    public init(hccs: LinkRate, topology: HCCSTopology, roce: LinkRate) {
        self.hccs = hccs
        self.topology = topology
        self.roce = roce
    }
}
