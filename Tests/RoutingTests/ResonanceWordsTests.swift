import ClusterModel
import Routing
import Testing

@Suite struct `Counts as words` {
    private let shape = ResonanceShape(experts: 4, classes: 3, isLabelled: true)

    private func counts(rank: Int, tokens: Int = 40, shift: Double = 0) throws -> ResonanceCounts {
        let pooling = try #require(GroupedAveragePooling(experts: 4, width: 8))
        var random = SeededRandom(seed: 9, UInt64(rank))
        let features = (0..<tokens * 8).map { _ in Float(random.nextUnit() - 0.5 + shift) }
        let labels = (0..<tokens).map { _ in random.next(below: 3) }
        return ResonanceCounts(
            of: pooling.affinities(of: TokenBatch(width: 8, features: features)),
            topK: 1,
            labels: labels,
            classes: 3
        )
    }

    @Test(arguments: [0.0, 1, -1])
    func `come back as the same counts`(shift: Double) throws {
        let counts = try counts(rank: 1, shift: shift)
        #expect(counts.affinityMax.sign == (shift < 0 ? .minus : .plus))
        #expect(counts.words.count == shape.wordCount)
        #expect(ResonanceCounts(words: counts.words, shape) == counts)
    }

    @Test(arguments: [[0.0, 1], [-1, -2], [-1, 0]], [1, 7, 32])
    func `merge stretch by stretch as counts merge`(shifts: [Double], length: Int) throws {
        let parts = try shifts.enumerated().map { try counts(rank: $0, shift: $1) }
        let words = parts.map(\.words)
        let all = words[0].indices
        let merged = stride(from: 0, to: all.count, by: length).flatMap { start in
            let stretch = start..<min(start + length, all.count)
            return ResonanceCounts.merge(
                words.map { Array($0[stretch]) },
                values: stretch,
                of: all.count
            )
        }
        #expect(ResonanceCounts.merge(parts)?.words == merged)
    }

    @Test func `are refused where they cannot be counts`() throws {
        let words = try counts(rank: 1).words
        var negative = words
        negative[3] = -1
        var endless = words
        endless[words.count - 1] = Int(Double.infinity.bitPattern)
        for wrong in [Array(words.dropLast()), words + [0], negative, endless] {
            #expect(ResonanceCounts(words: wrong, shape) == nil)
        }
    }
}
