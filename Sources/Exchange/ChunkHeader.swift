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
    /// Its bytes are not those that were sent.
    public var isDamaged = false

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
        var late = ChunkHeader(
            stage: stage,
            source: source,
            stream: stream,
            sequence: sequence,
            offset: offset,
            length: length,
            depart: max(depart, instant)
        )
        late.isDamaged = isDamaged
        return late
    }
}

/// What a rank says to who sent it a chunk whose bytes came wrong: send it once more.
public struct ChunkRequest: Sendable, Equatable {
    public let asker: Rank
    public let stage: Int
    /// Its stream's number among those that the asker has in that stage.
    public let stream: Int
    public let sequence: Int
    /// Modelled instant at which the asker had it all, and saw that it is wrong.
    public let depart: Instant

    public init(asker: Rank, stage: Int, stream: Int, sequence: Int, depart: Instant) {
        self.asker = asker
        self.stage = stage
        self.stream = stream
        self.sequence = sequence
        self.depart = depart
    }
}
