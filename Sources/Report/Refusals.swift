// Connections that were not ours.

/// Connections that were not ours, refused and counted.
public struct Refusals: Codable, Sendable, Equatable {
    public var connections: Int
    /// One line a reason, with its count.
    public var reasons: [String]

    public init(connections: Int, reasons: [String]) {
        self.connections = connections
        self.reasons = reasons
    }
}
