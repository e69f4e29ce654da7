/// A probability or a share as a ratio of whole numbers, so that a seed means the same everywhere.
public struct Ratio: Hashable, Sendable, CustomStringConvertible {
    /// From 0 to `denominator`.
    public let numerator: Int
    /// At least 1.
    public let denominator: Int

    /// Always.
    public static let one = Ratio(uncheckedNumerator: 1, denominator: 1)

    /// `nil` unless 0 <= numerator <= denominator and 1 <= denominator <= 1,000,000.
    public init?(_ numerator: Int, _ denominator: Int) {
        guard (1...1_000_000).contains(denominator), (0...denominator).contains(numerator) else {
            return nil
        }
        self.init(uncheckedNumerator: numerator, denominator: denominator)
    }

    /// From `1/4`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let top = Int(parts[0]), let bottom = Int(parts[1]) else {
            return nil
        }
        self.init(top, bottom)
    }

    private init(uncheckedNumerator numerator: Int, denominator: Int) {
        self.numerator = numerator
        self.denominator = denominator
    }

    public var description: String { "\(numerator)/\(denominator)" }

    /// Whether a draw from `random` falls into the share.
    public func hits(_ random: inout SeededRandom) -> Bool {
        random.next(below: denominator) < numerator
    }
}
