import ClusterModel

/// What a rank put into a step.
public struct RankInput: Sendable, Equatable, Codable {
    /// Bytes to each rank in the dispatch exchange, its own included.
    public var send: [Int]
    /// Its tokens that each expert kept; empty in a bare exchange.
    public var kept: [Int]
    public var offered: Int
    public var dropped: Int
    /// Slots of an expert for this source.
    public var capacity: Int
    public var gate: Interval
    public var expert: Interval
    public var bufferBytes: Int
    /// How long after the first rank this one begins: what it was behind at the end of the
    /// segment before.
    public var lead = Interval.zero
    /// Its tokens by the NPUs they go to; empty where nothing is to be shared.
    public var groups: [TokenGroup] = []

    public init(
        send: [Int],
        kept: [Int],
        offered: Int,
        dropped: Int,
        capacity: Int,
        gate: Interval,
        expert: Interval,
        bufferBytes: Int
    ) {
        self.send = send
        self.kept = kept
        self.offered = offered
        self.dropped = dropped
        self.capacity = capacity
        self.gate = gate
        self.expert = expert
        self.bufferBytes = bufferBytes
    }
}
