/// Where a message is cut into nearly equal parts, at whole units.
public struct MessageCut: Sendable, Equatable {
    public let parts: Int
    private let unit: Int

    /// `unit`: bytes that must not be cut, those of a token.
    public init(parts: Int, unit: Int) {
        self.parts = max(1, parts)
        self.unit = max(1, unit)
    }

    /// The bytes of part `part` of a message of `bytes`.
    public func range(_ part: Int, of bytes: Int) -> Range<Int> {
        start(part, of: bytes)..<start(part + 1, of: bytes)
    }

    private func start(_ part: Int, of bytes: Int) -> Int {
        part == parts ? bytes : bytes / unit * part / parts * unit
    }
}
