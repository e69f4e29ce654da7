/// What travels for an expert.
public enum PayloadLayout: String, Sendable, Codable, CaseIterable {
    /// True counts travel and are computed (alltoallv).
    case exact
    /// Drop-and-pad: all C slots of every expert travel and are computed, full or not.
    case padded
}

/// In which order and by which way bytes travel.
public enum ExchangeAlgorithm: String, Sendable, Codable, CaseIterable {
    /// The one whose predicted time is the least.
    case auto
    /// From every rank to every other at once, destinations in rotated order.
    case direct
    /// In rounds, in each of which a rank sends to one other and receives from one.
    case pairwise
    /// First inside nodes, then between NPUs of the same index (2DH).
    case hierarchical
    /// First between NPUs of the same index, then inside nodes, each level an exchange for itself
    /// (SMILE); back the other way round.
    case biLevel = "bi-level"
    /// First between NPUs of the same index, one copy for each token and node, then inside nodes.
    case rail
    /// Each tensor-parallel rank carries its share, then they gather (LocMoE).
    case groupwise
    /// A node's bytes are spread over its NICs first, then handed over on the other side.
    case balanced

    /// Whether bytes take NICs of other ranks than their own: then LB3 is its bound, not LB2.
    public var relays: Bool {
        switch self {
        case .hierarchical, .biLevel, .rail, .balanced, .groupwise: true
        case .auto, .direct, .pairwise: false
        }
    }
}

/// How an exchange is played.
public struct ExchangeSettings: Hashable, Sendable {
    public var algorithm: ExchangeAlgorithm
    public var layout: PayloadLayout
    /// The most payload of one frame.
    public var chunk: ByteCount
    /// Parts that an exchange is cut into, to overlap with the experts' compute.
    public var pipeline: Int

    public init(
        algorithm: ExchangeAlgorithm,
        layout: PayloadLayout,
        chunk: ByteCount,
        pipeline: Int = 1
    ) {
        self.algorithm = algorithm
        self.layout = layout
        self.chunk = chunk
        self.pipeline = pipeline
    }
}
