import ClusterModel

/// What a frame says of the chunk it carries.
public struct ChunkHeader: Sendable, Equatable {
    /// The stage of the programs that it belongs to.
    public let stage: Int
    public let source: Rank
    /// Its stream's number among those that the receiver has in that stage.
    public let stream: Int
    public let sequence: Int
    /// In its stream.
    public let offset: Int
    public let length: Int
    /// Modelled instant at which its last byte left the sender's port.
    public let depart: Instant

    public init(
        stage: Int,
        source: Rank,
        stream: Int,
        sequence: Int,
        offset: Int,
        length: Int,
        depart: Instant
    ) {
        self.stage = stage
        self.source = source
        self.stream = stream
        self.sequence = sequence
        self.offset = offset
        self.length = length
        self.depart = depart
    }

    /// The same chunk, which can be used once another one has left as well.
    func departing(notBefore instant: Instant) -> ChunkHeader {
        ChunkHeader(
            stage: stage,
            source: source,
            stream: stream,
            sequence: sequence,
            offset: offset,
            length: length,
            depart: max(depart, instant)
        )
    }
}
