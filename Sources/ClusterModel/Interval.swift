/// A length of emulated time, in picoseconds; may be negative.
public struct Interval: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let picoseconds: Int64

    @inlinable public init(picoseconds: Int64) { self.picoseconds = picoseconds }

    /// The nearest whole picosecond to `seconds`.
    public init(seconds: Double) { picoseconds = Int64((seconds * 1e12).rounded()) }

    public static let zero = Interval(picoseconds: 0)

    @inlinable public static func < (a: Interval, b: Interval) -> Bool {
        a.picoseconds < b.picoseconds
    }
    @inlinable public static func + (a: Interval, b: Interval) -> Interval {
        Interval(picoseconds: a.picoseconds + b.picoseconds)
    }
    @inlinable public static func - (a: Interval, b: Interval) -> Interval {
        Interval(picoseconds: a.picoseconds - b.picoseconds)
    }
    @inlinable public static func += (a: inout Interval, b: Interval) { a = a + b }

    public var microseconds: Double { Double(picoseconds) / 1e6 }
    public var seconds: Double { Double(picoseconds) / 1e12 }
    public var description: String { "\(microseconds) µs" }
}
