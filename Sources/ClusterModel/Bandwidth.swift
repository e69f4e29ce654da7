/// The rate of one direction of a link, in bytes a second of emulated time.
public struct Bandwidth: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let bytesPerSecond: Int64

    /// `bytesPerSecond` must be positive.
    public init(bytesPerSecond: Int64) {
        invariant(bytesPerSecond > 0, "a bandwidth of \(bytesPerSecond) B/s: it must be positive")
        self.bytesPerSecond = bytesPerSecond
    }

    public static func < (a: Bandwidth, b: Bandwidth) -> Bool {
        a.bytesPerSecond < b.bytesPerSecond
    }

    /// How long `count` bytes occupy the link, rounded up, so that a rate is never exceeded.
    public func time(for count: ByteCount) -> Interval {
        let product = Int64(count.value).multipliedFullWidth(by: 1_000_000_000_000)
        let (quotient, remainder) = bytesPerSecond.dividingFullWidth(product)
        return Interval(picoseconds: remainder > 0 ? quotient + 1 : quotient)
    }

    public var gigabytesPerSecond: Double { Double(bytesPerSecond) / 1e9 }
    public var description: String { "\(gigabytesPerSecond) GB/s" }
}
