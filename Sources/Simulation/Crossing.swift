import ClusterModel

/// A chunk on its way over a link.
public struct Crossing: Sendable, Equatable {
    /// When its first byte leaves.
    public let start: Instant
    /// When its last byte reaches the other side.
    public let arrive: Instant
    public let bytes: Int
    /// Whether its sender has it before the step begins, and so may send it ahead of time; what
    /// is relayed, or waits for a round to end, has to go the moment it is there.
    public let mayLeaveEarly: Bool

    public init(start: Instant, arrive: Instant, bytes: Int, mayLeaveEarly: Bool = true) {
        self.mayLeaveEarly = mayLeaveEarly
        self.start = start
        self.arrive = arrive
        self.bytes = bytes
    }
}
