import ClusterModel

/// Where a chunk is while its passage is not known: a place of its receiver's.
public struct PassageTicket: Sendable, Hashable {
    public let rank: Int
    public let slot: Int

    public init(rank: Int, slot: Int) {
        self.rank = rank
        self.slot = slot
    }
}

/// A chunk at a shared port.
public struct SharedEntry: Sendable {
    /// When its last byte is there.
    public var enters: Instant
    public var source: Int32
    public var stage: Int32
    public var stream: Int32
    public var sequence: Int32
    private let ticketRank: Int32
    private let ticketSlot: Int32
    public var bytes: Int32
    /// The port after this one; negative: none.
    public var next: Int32
    public var latency: Interval
    /// How long its bytes took at the slowest port so far: its first byte came so much earlier.
    public var span: Interval

    public init(
        enters: Instant,
        source: Int32,
        stage: Int32,
        stream: Int32,
        sequence: Int32,
        ticket: PassageTicket,
        bytes: Int32,
        next: Int32,
        latency: Interval,
        span: Interval
    ) {
        self.enters = enters
        self.source = source
        self.stage = stage
        self.stream = stream
        self.sequence = sequence
        ticketRank = Int32(ticket.rank)
        ticketSlot = Int32(ticket.slot)
        self.bytes = bytes
        self.next = next
        self.latency = latency
        self.span = span
    }

    var ticket: PassageTicket { PassageTicket(rank: Int(ticketRank), slot: Int(ticketSlot)) }

    static func precedes(_ a: SharedEntry, _ b: SharedEntry) -> Bool {
        (a.enters.picoseconds, a.source, a.stage, a.stream, a.sequence)
            < (b.enters.picoseconds, b.source, b.stage, b.stream, b.sequence)
    }
}
