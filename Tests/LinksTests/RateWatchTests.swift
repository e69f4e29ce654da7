import ClusterModel
import Links
import Testing

@Suite struct `A watched rate` {
    /// 1,000 bytes in the window and a chunk of 100 are allowed.
    private static let allowed = 1_100.0

    /// 100 bytes every `gap` ps, 50 times, at a port of 1 GB/s that is watched over 1 µs.
    private func share(every gap: Int64) -> Double {
        var watch = Self.watch
        for index in 0..<50 {
            watch.record(100, at: Instant(picoseconds: Int64(index) * gap))
        }
        return watch.shareMax
    }

    private static var watch: RateWatch {
        RateWatch(
            bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000),
            window: Interval(picoseconds: 1_000_000),
            chunk: ByteCount(100)
        )
    }

    @Test func `is 0 before anything came`() {
        #expect(Self.watch.shareMax == 0)
    }

    @Test func `is near 1, and not above, where the port is always busy`() {
        #expect(share(every: 100_000) == 1_000 / Self.allowed)
    }

    @Test func `is half of that where the port is busy half of the time`() {
        #expect(share(every: 200_000) == 500 / Self.allowed)
    }

    @Test func `is above 1 where more comes than the link carries`() {
        #expect(share(every: 50_000) == 2_000 / Self.allowed)
    }

    @Test func `keeps its most`() {
        var watch = Self.watch
        for _ in 0..<12 { watch.record(100, at: .zero) }
        watch.record(100, at: Instant(picoseconds: 1_000_000))
        #expect(watch.shareMax == 1_200 / Self.allowed)
    }

    @Test func `forgets what is a window ago, and not sooner`() {
        for (later, bytes) in [(999_999, 200.0), (1_000_000, 100)] as [(Int64, Double)] {
            var watch = Self.watch
            watch.record(100, at: .zero)
            watch.record(100, at: Instant(picoseconds: later))
            #expect(watch.shareMax == bytes / Self.allowed)
        }
    }
}
