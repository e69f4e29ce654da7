// What a preset is made of: figures, each beside its source.

/// The figures of one class of link.
public struct LinkFigures: Hashable, Sendable {
    /// Of one direction.
    public var bandwidth: PresetFigure<Bandwidth>
    public var latency: PresetFigure<Interval>
    public var messageOverhead: PresetFigure<Interval>

    public init(
        bandwidth: PresetFigure<Bandwidth>,
        latency: PresetFigure<Interval>,
        messageOverhead: PresetFigure<Interval> = .microseconds(0, "assumed: none is published")
    ) {
        self.bandwidth = bandwidth
        self.latency = latency
        self.messageOverhead = messageOverhead
    }

    var rate: LinkRate {
        LinkRate(
            bandwidth: bandwidth.value,
            latency: latency.value,
            messageOverhead: messageOverhead.value
        )
    }
}

/// What joins leaves.
public struct UplinkFigures: Hashable, Sendable {
    public var nodesPerLeaf: PresetFigure<Int>
    public var oversubscription: PresetFigure<Double>

    public init(nodesPerLeaf: PresetFigure<Int>, oversubscription: PresetFigure<Double>) {
        self.nodesPerLeaf = nodesPerLeaf
        self.oversubscription = oversubscription
    }
}

/// A machine, figure by figure.
public struct PresetTable: Hashable, Sendable {
    /// What people call it: "Atlas 800T A2 with Ascend 910B3".
    public var machine: String
    public var npusPerNodeMax: PresetFigure<Int>
    public var hccs: LinkFigures
    public var topology: PresetFigure<HCCSTopology>
    /// Servers that one HCCS plane joins.
    public var planeNodes: PresetFigure<Int>
    public var pcie: LinkFigures?
    public var roce: LinkFigures
    public var uplink: UplinkFigures?
    /// Of one NPU in half precision, in floating-point operations a second.
    public var peakFlops: PresetFigure<Double>
    /// Of one NPU.
    ///
    /// A plan has no key for it: a run keeps no parameters of the model's true size.
    public var memory: PresetFigure<ByteCount>

    /// The links of a plan that says nothing else.
    public var links: LinkSettings {
        LinkSettings(
            hccs: hccs.rate,
            topology: topology.value,
            planeNodes: planeNodes.value,
            pcie: pcie?.rate,
            roce: roce.rate,
            uplink: uplink.map {
                LeafUplink(
                    nodesPerLeaf: $0.nodesPerLeaf.value,
                    oversubscription: $0.oversubscription.value
                )
            }
        )
    }
}
