// Payload bytes by how far they went.

/// Payload bytes by how far they went.
public struct BytesByReach: Codable, Sendable, Equatable {
    /// What stays on its NPU, to an expert there: no link crossed.
    public var local: Int
    public var intraNode: Int
    public var interNode: Int

    public init(local: Int, intraNode: Int, interNode: Int) {
        self.local = local
        self.intraNode = intraNode
        self.interNode = interNode
    }
}
