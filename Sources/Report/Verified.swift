// What a run checked byte for byte.

/// What was checked byte for byte.
public struct Verified: Codable, Sendable, Equatable {
    /// (token, expert) pairs followed there and back.
    public var tokens: Int
    public var bytes: Int
    public var mismatches: Int

    public init(tokens: Int, bytes: Int, mismatches: Int) {
        self.tokens = tokens
        self.bytes = bytes
        self.mismatches = mismatches
    }
}
