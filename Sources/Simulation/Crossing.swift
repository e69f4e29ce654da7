import ClusterModel

/// A chunk on its way over a link.
public struct Crossing: Sendable, Equatable {
    /// When its first byte leaves.
    public let start: Instant
    /// When its last byte reaches the other side.
    public let arrive: Instant
    public let bytes: Int

    public init(start: Instant, arrive: Instant, bytes: Int) {
        self.start = start
        self.arrive = arrive
        self.bytes = bytes
    }
}
