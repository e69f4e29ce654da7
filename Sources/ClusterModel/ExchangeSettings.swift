/// What travels for an expert.
public enum PayloadLayout: String, Sendable, Codable, CaseIterable {
    /// True counts travel and are computed (alltoallv).
    case exact
    /// Drop-and-pad: all C slots of every expert travel and are computed, full or not.
    case padded
}

/// In which order and by which way bytes travel.
public enum ExchangeAlgorithm: String, Sendable, Codable, CaseIterable {
    /// The best of those built, here `direct`.
    case auto
    /// From every rank to every other at once, destinations in rotated order.
    case direct
}

/// How an exchange is played.
public struct ExchangeSettings: Hashable, Sendable {
    public var algorithm: ExchangeAlgorithm
    public var layout: PayloadLayout
    /// The most payload of one frame.
    public var chunk: ByteCount

    public init(algorithm: ExchangeAlgorithm, layout: PayloadLayout, chunk: ByteCount) {
        self.algorithm = algorithm
        self.layout = layout
        self.chunk = chunk
    }
}
