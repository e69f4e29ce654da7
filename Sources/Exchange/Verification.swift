/// What was checked byte for byte after a step.
public struct Verification: Sendable, Equatable, Codable {
    public var tokens = 0
    public var bytes = 0
    public var mismatches = 0
    /// The first thing that was wrong, empty if nothing was.
    public var firstMismatch = ""

    public init() {}

    /// Counts something wrong.
    public mutating func mismatch(_ what: @autoclosure () -> String) {
        if mismatches == 0 { firstMismatch = what() }
        mismatches += 1
    }

    public static func += (a: inout Verification, b: Verification) {
        if a.mismatches == 0 { a.firstMismatch = b.firstMismatch }
        a.tokens += b.tokens
        a.bytes += b.bytes
        a.mismatches += b.mismatches
    }
}
