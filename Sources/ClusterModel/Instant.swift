// Emulated time. Integers of picoseconds: 64 KiB at 28 GB/s are 2,340,571 ps, an Int64 holds
// 106 days, and sums do not depend on their order, which "same seed, same result" needs.

/// A point of emulated time, in picoseconds from the start of a step.
public struct Instant: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let picoseconds: Int64

    @inlinable public init(picoseconds: Int64) { self.picoseconds = picoseconds }

    /// The start of a step.
    public static let zero = Instant(picoseconds: 0)

    @inlinable public static func < (a: Instant, b: Instant) -> Bool {
        a.picoseconds < b.picoseconds
    }
    @inlinable public static func + (a: Instant, b: Interval) -> Instant {
        Instant(picoseconds: a.picoseconds + b.picoseconds)
    }
    @inlinable public static func - (a: Instant, b: Interval) -> Instant {
        Instant(picoseconds: a.picoseconds - b.picoseconds)
    }
    @inlinable public static func - (a: Instant, b: Instant) -> Interval {
        Interval(picoseconds: a.picoseconds - b.picoseconds)
    }

    public var microseconds: Double { Double(picoseconds) / 1e6 }
    public var description: String { "\(microseconds) µs" }
}
