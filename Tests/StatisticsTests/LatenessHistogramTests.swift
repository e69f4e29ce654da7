import Statistics
import Testing

@Suite struct `Lateness in bins` {
    @Test func `on time is 0, early as well`() {
        var histogram = LatenessHistogram()
        histogram.record(picoseconds: -5_000_000)
        histogram.record(picoseconds: 0)
        #expect(histogram.total == 2)
        #expect(histogram.maxPicoseconds == 0)
        #expect(histogram.quantile(0.99) == 0)
        #expect(histogram.bins.map(\.count) == [2])
        #expect(histogram.bins.map(\.upToUs) == [0.001024])
    }

    @Test func `a quantile is at most an eighth too high, and never above the maximum`() {
        var histogram = LatenessHistogram()
        let samples = (1...10_000).map { Int64($0 * $0) * 1_000 }
        for sample in samples { histogram.record(picoseconds: sample) }
        for p in [0.01, 0.5, 0.9, 0.99] {
            let exact = samples[Int(p * 10_000) - 1]
            let found = histogram.quantile(p)
            #expect(found >= exact)
            #expect(Double(found) <= Double(exact) * 1.125 + 1024)
        }
        #expect(histogram.quantile(1) == samples.last)
    }

    @Test func `every value falls into the bin that ends above it`() {
        for shift in 0..<62 {
            for offset: Int64 in [-1, 0, 1] {
                var histogram = LatenessHistogram()
                let value = max(0, Int64(1) << Int64(shift) + offset)
                histogram.record(picoseconds: value)
                histogram.record(picoseconds: .max)
                #expect(histogram.bins.count == (value >= Int64(15) << 42 ? 1 : 2))
                if value < Int64(15) << 42 {
                    let edge = histogram.bins[0].upToUs * 1e6
                    #expect(edge > Double(value))
                    #expect(edge <= Double(value) * 1.125 + 1024)
                }
            }
        }
    }

    @Test func `merging adds counts and keeps the greater maximum`() {
        var a = LatenessHistogram()
        var b = LatenessHistogram()
        a.record(picoseconds: 3_000_000)
        b.record(picoseconds: 3_000_000)
        b.record(picoseconds: 90_000_000)
        a.merge(b)
        #expect(a.total == 3)
        #expect(a.maxPicoseconds == 90_000_000)
        #expect(a.bins.map(\.count) == [2, 1])
        #expect(a.bins.last?.upToUs == 90)
    }

    @Test func `counts survive the wire, nonsense does not`() throws {
        var histogram = LatenessHistogram()
        histogram.record(picoseconds: 7_000_000)
        let counts = histogram.counts
        let back = try #require(LatenessHistogram(counts: counts, maxPicoseconds: 7_000_000))
        #expect(back == histogram)
        #expect(LatenessHistogram(counts: [1], maxPicoseconds: 0) == nil)
        #expect(LatenessHistogram(counts: counts, maxPicoseconds: -1) == nil)
        #expect(LatenessHistogram(counts: counts, maxPicoseconds: 1) == nil)
    }

    @Test func `an empty histogram answers`() {
        let histogram = LatenessHistogram()
        #expect(histogram.quantile(0.99) == 0)
        #expect(histogram.bins.isEmpty)
        #expect(LatenessHistogram(counts: histogram.counts, maxPicoseconds: 0) == histogram)
    }
}
