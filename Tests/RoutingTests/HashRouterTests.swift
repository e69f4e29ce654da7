import ClusterModel
import Routing
import Testing

@Suite struct `The balanced map of the hash router` {
    /// Zipf-like counts of 1,000 ids.
    private let frequencies = TokenFrequencies(
        counts: Dictionary(
            uniqueKeysWithValues: (0..<1000).map { (UInt32($0 * 7), 5000 / ($0 + 1)) }
        )
    )

    /// Tokens of each expert.
    private func tokens(_ map: BalancedTokenMap, place: Int = 0, k: Int = 1) -> [Int] {
        var tokens = [Int](repeating: 0, count: map.experts)
        for (id, count) in frequencies.counts {
            tokens[map.experts(of: id, k: k)[place]] += count
        }
        return tokens
    }

    @Test(arguments: [1, 2, 8, 16, 64], [1, 2] as [UInt64])
    func `balances tokens`(experts: Int, seed: UInt64) {
        let map = BalancedTokenMap(frequencies, experts: experts, seed: seed)
        let tokens = tokens(map)
        // Each id went to the emptiest expert, so without its rarest one none is above any other.
        for expert in 0..<experts {
            let own = frequencies.counts.filter { map.experts(of: $0.key)[0] == expert }
            #expect(tokens[expert] - (own.values.min() ?? 0) <= tokens.min()!)
        }
    }

    @Test func `gives ids that never occur to all experts`() {
        let counts = (0..<800 as Range<UInt32>).map { ($0, $0 < 8 ? 100 - Int($0) : 0) }
        let map = BalancedTokenMap(
            TokenFrequencies(counts: Dictionary(uniqueKeysWithValues: counts)),
            experts: 8,
            seed: 1
        )
        #expect(Set((0..<8).map { map.experts(of: $0)[0] }).count == 8)
        var ids = [Int](repeating: 0, count: 8)
        for id in 8..<800 as Range<UInt32> { ids[map.experts(of: id)[0]] += 1 }
        #expect(ids.min()! > 50)
    }

    @Test func `depends on the seed alone`() {
        let maps = [1, 1, 2].map { BalancedTokenMap(frequencies, experts: 8, seed: $0) }
        let homes = maps.map { map in (0..<7000).map { map.experts(of: UInt32($0)) } }
        #expect(homes[0] == homes[1])
        #expect(homes[0] != homes[2])
    }

    @Test func `gives k different experts, the k-th as balanced as the first`() {
        let map = BalancedTokenMap(frequencies, experts: 8, seed: 3)
        let first = tokens(map).sorted()
        for place in 1..<8 { #expect(tokens(map, place: place, k: 8).sorted() == first) }
        #expect(Set(map.experts(of: 4_000_000_000, k: 8)).count == 8)
    }
}
