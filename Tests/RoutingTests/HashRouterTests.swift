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

    @Test(arguments: [1, 2, 8, 16, 64], [1, 2] as [UInt64])
    func `balances ids and tokens`(experts: Int, seed: UInt64) {
        let map = BalancedTokenMap(frequencies, experts: experts, seed: seed)
        var ids = [Int](repeating: 0, count: experts)
        var tokens = ids
        for (id, count) in frequencies.counts {
            let expert = map.experts(of: id)[0]
            ids[expert] += 1
            tokens[expert] += count
        }
        #expect(ids.max()! - ids.min()! <= 1)
        #expect(tokens.max()! - tokens.min()! <= 5000)
    }

    @Test func `depends on the seed alone`() {
        let maps = [1, 1, 2].map { BalancedTokenMap(frequencies, experts: 8, seed: $0) }
        let homes = maps.map { map in (0..<7000).map { map.experts(of: UInt32($0)) } }
        #expect(homes[0] == homes[1])
        #expect(homes[0] != homes[2])
    }

    @Test func `gives k different experts, the k-th as balanced as the first`() {
        let map = BalancedTokenMap(frequencies, experts: 8, seed: 3)
        for place in 0..<8 {
            var ids = [Int](repeating: 0, count: 8)
            for id in frequencies.counts.keys { ids[map.experts(of: id, k: 8)[place]] += 1 }
            #expect(ids == [Int](repeating: 125, count: 8))
        }
        #expect(Set(map.experts(of: 4_000_000_000, k: 8)).count == 8)
    }
}
