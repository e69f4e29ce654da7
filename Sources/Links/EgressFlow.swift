import ClusterModel

/// Bytes of one stream waiting at an egress port.
public struct EgressFlow: Sendable, Equatable {
    /// The stage of the rank's program it belongs to: earlier stages go first.
    public let stage: Int32
    /// Its number among the streams that the rank sends in that stage.
    public let stream: Int32
    /// Whom it is for, where that matters.
    let peer: Int32
    /// The most bytes that leave in one turn.
    let chunk: Int32
    /// Whether its first chunk pays for the beginning of a message.
    let opensMessage: Bool
    /// Its bytes come from elsewhere and can leave only once they are here.
    let isRelayed: Bool
    let total: Int
    /// Bytes that have left for good.
    private(set) var offset = 0
    /// Set while two chunks have changed places: the first of the two still has to leave, and then
    /// the flow goes on here.
    private var resume: Int?
    private var isSwapping = false
    /// How often its chunk has left before; 0 of a flow that leaves for the first time.
    let attempt: Int32

    public init(
        stage: Int,
        stream: Int,
        peer: Rank? = nil,
        bytes: ByteCount,
        chunk: ByteCount,
        opensMessage: Bool = true,
        isRelayed: Bool = false
    ) {
        self.stage = Int32(stage)
        self.stream = Int32(stream)
        self.peer = peer.map { Int32($0.index) } ?? -1
        self.chunk = Int32(chunk.value)
        self.opensMessage = opensMessage
        self.isRelayed = isRelayed
        total = bytes.value
        attempt = 0
    }

    /// One chunk of a flow, once more.
    init(again flow: EgressFlow, sequence: Int, attempt: Int) {
        stage = flow.stage
        stream = flow.stream
        peer = flow.peer
        chunk = flow.chunk
        // The message has begun, and the bytes are here.
        opensMessage = false
        isRelayed = false
        offset = sequence * Int(flow.chunk)
        total = min(offset + Int(flow.chunk), flow.total)
        self.attempt = Int32(attempt)
    }

    /// Whether a chunk has left.
    func hasLeft(_ sequence: Int) -> Bool {
        let start = sequence * Int(chunk)
        guard start >= 0, start < total else { return false }
        return start < offset || resume != nil && start == offset + Int(chunk)
    }

    var remaining: Int { total - offset }
    /// Where its next chunk begins.
    var nextOffset: Int { isSwapping ? offset + Int(chunk) : offset }
    /// The number of its next chunk.
    var sequence: Int { nextOffset / Int(chunk) }
    var nextLength: Int { min(Int(chunk), total - nextOffset) }
    /// Whether nothing of it has left.
    var isFirst: Bool { offset == 0 && resume == nil }
    /// Whether its next chunk has been overtaken already.
    var owes: Bool { resume != nil }

    /// Has the next chunk and the one after it change places, if there is one that is here.
    mutating func swap() -> Bool {
        guard !isRelayed, resume == nil, remaining > Int(chunk) else { return false }
        isSwapping = true
        return true
    }

    /// Its next chunk has left.
    mutating func left() {
        if isSwapping {
            resume = nextOffset + nextLength
            isSwapping = false
        } else {
            offset = resume ?? offset + nextLength
            resume = nil
        }
    }

    /// Its next chunk, as its way sees it.
    var next: WayChunk {
        WayChunk(
            stage: Int(stage),
            stream: Int(stream),
            sequence: sequence,
            attempt: Int(attempt)
        )
    }
}

/// A chunk that has been given its instant of departure.
public struct DepartingChunk: Sendable, Equatable {
    public let stage: Int
    public let stream: Int
    public let sequence: Int
    public let offset: Int
    public let length: Int
    /// How often it has left before.
    public let attempt: Int
    /// When its first byte enters the port.
    public let start: Instant
    /// When its last byte has left the port, or the way if that is slower.
    public let depart: Instant
    /// How much later than modelled it leaves because the host was behind.
    public let slip: Interval
    /// How much later than by its link's latency it arrives.
    public let delay: Interval
    /// How long its bytes took to leave: by the port's rate, or by the way's if that is less.
    public let span: Interval
    /// How much later it comes than its turn at the port and its bytes would have it: the way did
    /// not let it begin, or added to its latency.
    public let late: Interval
    /// What is done to it on its way.
    public let touch: ChunkTouch?

    /// What its head says: when it has left, and what it is late besides.
    public var departs: Instant { depart + delay }

    /// Whether its way did anything to it.
    public var isHurt: Bool { touch != nil || late > .zero || isSlowed }

    /// Its bytes took longer than at the port.
    let isSlowed: Bool
}
