import ClusterModel

/// The messages of one exchange, or of a part of it: a run of bytes from each rank to each other.
public struct MessageMatrix: Sendable, Equatable {
    /// Bytes of each run; the diagonal stays where it is and is no message.
    public let bytes: TrafficMatrix
    /// Where each run begins in its message; `nil`: all at 0.
    public let offsets: TrafficMatrix?

    public init(_ bytes: TrafficMatrix, offsets: TrafficMatrix? = nil) {
        self.bytes = bytes
        self.offsets = offsets
    }

    /// The run from one rank to another, `nil` where nothing travels.
    public func run(from origin: Rank, to final: Rank) -> MessageRun? {
        guard origin != final else { return nil }
        let count = bytes[origin, final]
        guard count > 0 else { return nil }
        let offset = offsets?[origin, final] ?? 0
        return MessageRun(origin: origin, final: final, offset: offset, bytes: count)
    }
}
