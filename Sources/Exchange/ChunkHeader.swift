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
    /// How long its bytes took to leave.
    public let span: Interval
    /// How much later it comes than its turn at its sender's port and its bytes would have it.
    public let late: Interval
    /// Its bytes are not those that were sent.
    public var isDamaged = false

    public init(
        stage: Int,
        source: Rank,
        stream: Int,
        sequence: Int,
        offset: Int,
        length: Int,
        depart: Instant,
        span: Interval = .zero,
        late: Interval = .zero
    ) {
        self.stage = stage
        self.source = source
        self.stream = stream
        self.sequence = sequence
        self.offset = offset
        self.length = length
        self.depart = depart
        self.span = span
        self.late = late
    }

    /// The same chunk, which can be used once another one has left as well.
    func departing(notBefore instant: Instant) -> ChunkHeader {
        var waiting = ChunkHeader(
            stage: stage,
            source: source,
            stream: stream,
            sequence: sequence,
            offset: offset,
            length: length,
            depart: max(depart, instant),
            span: span,
            // It was its stream that kept it, not its way.
            late: late
        )
        waiting.isDamaged = isDamaged
        return waiting
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
