import ClusterModel

/// Bytes of one stream waiting at an egress port.
public struct EgressFlow: Sendable, Equatable {
    /// The stage of the rank's program it belongs to: earlier stages go first.
    public let stage: Int32
    /// Its number among the streams that the rank sends in that stage.
    public let stream: Int32
    /// The most bytes that leave in one turn.
    let chunk: Int32
    /// Whether its first chunk pays for the beginning of a message.
    let opensMessage: Bool
    /// Its bytes come from elsewhere and can leave only once they are here.
    let isRelayed: Bool
    let total: Int
    var offset = 0

    public init(
        stage: Int,
        stream: Int,
        bytes: ByteCount,
        chunk: ByteCount,
        opensMessage: Bool = true,
        isRelayed: Bool = false
    ) {
        self.stage = Int32(stage)
        self.stream = Int32(stream)
        self.chunk = Int32(chunk.value)
        self.opensMessage = opensMessage
        self.isRelayed = isRelayed
        total = bytes.value
    }

    var remaining: Int { total - offset }
    /// The number of its next chunk.
    var sequence: Int { offset / Int(chunk) }
    var nextLength: Int { min(Int(chunk), remaining) }
}

/// A chunk that has been given its instant of departure.
public struct DepartingChunk: Sendable, Equatable {
    public let stage: Int
    public let stream: Int
    public let sequence: Int
    public let offset: Int
    public let length: Int
    /// When its first byte enters the port.
    public let start: Instant
    /// When its last byte has left the port.
    public let depart: Instant
    /// How much later than modelled it leaves because the host was behind.
    public let slip: Interval
}
