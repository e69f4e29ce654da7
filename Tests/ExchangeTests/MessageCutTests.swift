import ClusterModel
import Exchange
import Testing

@Suite struct `A message cut into parts` {
    @Test func `is cut at whole tokens`() {
        // Ten tokens of 100 bytes, and 7 bytes that are none.
        let cut = MessageCut(parts: 4, unit: 100)
        let ranges = (0..<4).map { cut.range($0, of: 1_007) }
        #expect(ranges == [0..<200, 200..<500, 500..<700, 700..<1_007])
    }

    @Test func `is whole in one part`() {
        #expect(MessageCut(parts: 1, unit: 100).range(0, of: 250) == 0..<250)
    }

    @Test func `of fewer tokens than parts leaves parts empty`() {
        let cut = MessageCut(parts: 4, unit: 100)
        #expect((0..<4).map { cut.range($0, of: 200).count } == [0, 100, 0, 100])
        #expect((0..<4).map { cut.range($0, of: 0).count } == [0, 0, 0, 0])
    }

    @Test func `is never cut into less than one part, nor at less than a byte`() {
        #expect(MessageCut(parts: 0, unit: 0).parts == 1)
        #expect(MessageCut(parts: 2, unit: 0).range(1, of: 5) == 2..<5)
    }

    @Test(arguments: UInt64(0)..<50)
    func `loses nothing, and its parts differ by a token at most`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let unit = 1 + random.next(below: 4_096)
        let parts = 1 + random.next(below: 16)
        let tokens = random.next(below: 1_000)
        let cut = MessageCut(parts: parts, unit: unit)
        let ranges = (0..<parts).map { cut.range($0, of: tokens * unit) }
        #expect(ranges[0].lowerBound == 0)
        #expect(ranges[parts - 1].upperBound == tokens * unit)
        for (before, after) in zip(ranges, ranges.dropFirst()) {
            #expect(before.upperBound == after.lowerBound)
        }
        let exact = Double(tokens) / Double(parts)
        for range in ranges {
            #expect(range.count % unit == 0)
            #expect(abs(Double(range.count / unit) - exact) < 1)
        }
    }
}
