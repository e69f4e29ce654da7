// Lateness of chunks, counted in fixed bins: what a worker keeps instead of every sample.
//
// The bins are the same in every process, so histograms from many workers add up. Eight
// sub-bins an octave bound a quantile's error to 12.5 %, upwards; one nanosecond is the finest
// that is told apart, 70 s of emulated time the most.

/// Counts of delivery lateness in log-spaced bins, with the exact maximum.
public struct LatenessHistogram: Sendable, Equatable, Codable {
    /// Sub-bins of an octave, as a power of two.
    private static let subBits = 3
    /// Lateness below 2^10 ps, about a nanosecond, counts as on time.
    private static let unitBits = 10
    /// Lateness from 2^46 ps, about 70 s, falls into the last bin.
    private static let topBits = 46

    /// The number of bins.
    public static let binCount = (topBits - unitBits - subBits + 1) << subBits

    /// Chunks in each bin; `binCount` of them.
    public private(set) var counts: [UInt64]
    /// The greatest lateness recorded, in picoseconds.
    public private(set) var maxPicoseconds: Int64

    public init() {
        counts = Array(repeating: 0, count: Self.binCount)
        maxPicoseconds = 0
    }

    /// A histogram that came over the wire; `nil` if it cannot be one of these.
    ///
    /// Refused are a wrong number of bins, a negative maximum, and a maximum outside the last
    /// bin that counts something.
    public init?(counts: [UInt64], maxPicoseconds: Int64) {
        guard counts.count == Self.binCount, maxPicoseconds >= 0 else { return nil }
        let last = counts.lastIndex { $0 > 0 } ?? 0
        guard Self.index(of: maxPicoseconds) == last else { return nil }
        self.counts = counts
        self.maxPicoseconds = maxPicoseconds
    }

    /// Counts one chunk; early ones (negative lateness) are on time.
    public mutating func record(picoseconds: Int64) {
        let late = max(picoseconds, 0)
        counts[Self.index(of: late)] &+= 1
        if late > maxPicoseconds { maxPicoseconds = late }
    }

    /// Adds everything that `other` counted.
    public mutating func merge(_ other: LatenessHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        maxPicoseconds = max(maxPicoseconds, other.maxPicoseconds)
    }

    /// The bin of a lateness of at least 0: octave from the leading zeros, then three more bits.
    private static func index(of picoseconds: Int64) -> Int {
        let units = picoseconds >> Int64(unitBits)
        guard units >= 1 << subBits else { return Int(units) }
        let octave = 63 - units.leadingZeroBitCount
        let sub = Int(units >> Int64(octave - subBits)) & ((1 << subBits) - 1)
        return min((octave - subBits + 1) << subBits + sub, binCount - 1)
    }

    /// The first lateness above a bin, in picoseconds.
    private static func upperEdge(of index: Int) -> Int64 {
        let octave = index >> subBits
        guard octave > 0 else { return Int64(index + 1) << Int64(unitBits) }
        let sub = Int64(index & ((1 << subBits) - 1) + 1 << subBits)
        return (sub + 1) << Int64(octave - 1 + unitBits)
    }
}

extension LatenessHistogram {
    /// Chunks recorded.
    public var total: Int { counts.reduce(0) { $0 + Int($1) } }

    /// The `p` quantile in picoseconds, nearest rank: the bin's upper edge, never above the
    /// maximum; 0 for the bin below a nanosecond and of an empty histogram.
    public func quantile(_ p: Double) -> Int64 {
        let total = self.total
        guard total > 0 else { return 0 }
        let rank = max(1, Int((min(max(p, 0), 1) * Double(total)).rounded(.up)))
        var seen = 0
        for (index, count) in counts.enumerated() {
            seen += Int(count)
            guard seen >= rank else { continue }
            return index == 0 ? 0 : reportedEdge(of: index)
        }
        return maxPicoseconds
    }

    /// A bin that counted something.
    public struct Bin: Sendable, Equatable {
        /// Upper edge in emulated µs; of the last bin the maximum, of on-time chunks 0.001024.
        public let upToUs: Double
        /// Chunks.
        public let count: Int
    }

    /// The bins that counted something, in ascending order.
    public var bins: [Bin] {
        counts.indices.filter { counts[$0] > 0 }.map { index in
            let edge = index == 0 ? Self.upperEdge(of: 0) : reportedEdge(of: index)
            return Bin(upToUs: Double(edge) / 1e6, count: Int(counts[index]))
        }
    }

    /// The upper edge, cut at the maximum; the last bin has no edge but the maximum.
    private func reportedEdge(of index: Int) -> Int64 {
        guard index < Self.binCount - 1 else { return maxPicoseconds }
        return min(Self.upperEdge(of: index), maxPicoseconds)
    }
}
