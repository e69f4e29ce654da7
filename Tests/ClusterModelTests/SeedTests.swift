import ClusterModel
import Testing

/// Values by a Python transcription of the paper's algorithm: results of old seeds must stand.
@Suite struct `Numbers of a seed` {
    @Test func `are these`() {
        var random = SeededRandom(seed: 0)
        #expect(
            (0..<3).map { _ in random.next() }
                == [0xA706_DD2F_4D19_7E6F, 0xB382_A305_F441_4F5E, 0x631A_9154_FBAB_F717]
        )
    }

    @Test func `with labels are these`() {
        var random = SeededRandom(seed: 42, 7, 3)
        #expect(
            (0..<3).map { _ in random.next() }
                == [0x0A71_3825_4EE1_0A43, 0xA43B_0293_64C7_E8FC, 0x44DA_0CE3_C009_12CD]
        )
    }

    @Test func `below ten are these`() {
        var random = SeededRandom(seed: 1)
        let digits = (0..<12).map { _ in random.next(below: 10) }
        #expect(digits == [3, 9, 0, 7, 2, 7, 6, 2, 1, 2, 6, 9])
    }

    @Test func `of a unit are these`() {
        var random = SeededRandom(seed: 1)
        #expect(random.nextUnit() == 0.36818951565166946)
        #expect(random.nextUnit() == 0.9435642308648544)
    }

    @Test func `shuffle like this`() {
        var random = SeededRandom(seed: 5)
        var values = Array(0..<8)
        random.shuffle(&values)
        #expect(values == [4, 1, 2, 6, 3, 5, 0, 7])
    }

    @Test func `of different labels have nothing in common`() {
        var seen: Set<UInt64> = []
        for step in UInt64(0)..<20 {
            for rank in UInt64(0)..<20 {
                var random = SeededRandom(seed: 1, step, rank)
                seen.insert(random.next())
            }
        }
        #expect(seen.count == 400)
    }

    @Test(arguments: [1, 2, 3, 7, 1 << 40, Int.max])
    func `stay below their bound`(bound: Int) {
        var random = SeededRandom(seed: 9)
        for _ in 0..<1_000 {
            let value = random.next(below: bound)
            #expect(value >= 0 && value < bound)
        }
    }

    @Test func `are spread evenly`() {
        var random = SeededRandom(seed: 3)
        var counts = Array(repeating: 0, count: 10)
        for _ in 0..<100_000 { counts[random.next(below: 10)] += 1 }
        // Six standard deviations of 95.
        #expect(counts.allSatisfy { abs($0 - 10_000) < 570 })
    }

    @Test func `below nothing stop the process`() async {
        await #expect(processExitsWith: .failure) {
            var random = SeededRandom(seed: 1)
            _ = random.next(below: 0)
        }
    }
}
