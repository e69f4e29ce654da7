import ClusterModel
import Exchange
import MoELayer
import Testing

@Suite struct `Exchanges cut into parts` {
    /// Rows that some sources have for three experts.
    private struct Messages {
        var capacities: [Int]
        var rows: [ExpertRows]

        init(seed: UInt64) {
            var random = SeededRandom(seed: seed)
            capacities = (0..<4).map { _ in random.next(below: 9) }
            rows = capacities.map { capacity in
                let counts = (0..<3).map { _ in random.next(below: capacity + 1) }
                let values = (0..<2 * counts.reduce(0, +)).map { _ in
                    Float(random.next(below: 1000))
                }
                return ExpertRows(width: 2, counts: counts, values: values)
            }
        }
    }

    @Test(arguments: 1...8, [false, true])
    func `hold each row once, in the part in which its bytes travel`(parts: Int, isPadded: Bool) {
        let cut = RowCut(parts: parts, isPadded: isPadded)
        let bytes = MessageCut(parts: parts, unit: 48)
        for seed in UInt64(0)..<20 {
            let messages = Messages(seed: seed)
            for (rows, capacity) in zip(messages.rows, messages.capacities) {
                // Where each row lies in its message.
                var slot = 0
                var places: [(expert: Int, byte: Int)] = []
                for (expert, count) in rows.counts.enumerated() {
                    places += (0..<count).map { (expert, (slot + $0) * 48) }
                    slot += isPadded ? capacity : count
                }
                for part in 0..<parts {
                    let range = bytes.range(part, of: slot * 48)
                    let there = places.filter { range.contains($0.byte) }
                    let counts = (0..<3).map { expert in there.count { $0.expert == expert } }
                    #expect(cut.counts(part, of: rows.counts, capacity: capacity) == counts)
                }
            }
        }
    }

    @Test(arguments: 1...8, [false, true])
    func `are computed in their order, and answers lie as what was asked`(
        parts: Int,
        isPadded: Bool
    ) {
        let cut = RowCut(parts: parts, isPadded: isPadded)
        for seed in UInt64(0)..<20 {
            let messages = Messages(seed: seed)
            var seen: [Int] = []
            let answers = cut.answers(messages.rows, capacities: messages.capacities) {
                part,
                sources in
                seen.append(part)
                return sources.map {
                    ExpertRows(width: 2, counts: $0.counts, values: $0.values.map { $0 + 1 })
                }
            }
            #expect(seen == Array(0..<parts))
            for (answer, rows) in zip(answers, messages.rows) {
                #expect(answer.counts == rows.counts)
                #expect(answer.values == rows.values.map { $0 + 1 })
            }
        }
    }
}
