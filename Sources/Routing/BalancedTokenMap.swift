import ClusterModel

/// A fixed random map from vocabulary ids to experts, balanced both in ids and in tokens.
///
/// Ids are sorted by frequency (equal ones in seeded random order) and taken in rounds of n. A
/// round hands one id to each expert, the most frequent to the expert with the fewest tokens so
/// far. So experts differ by at most one id, and in tokens by at most the most frequent id's.
/// An id that the frequencies do not know gets a seeded random expert.
/// Source: Hash Layers, arXiv 2106.04426 (balanced assignment); the rounds are ours.
public struct BalancedTokenMap: Hashable, Sendable {
    public let experts: Int
    private let seed: UInt64
    private var home: [UInt32: Int] = [:]
    /// Experts in seeded order: where further choices of an id lie, for k > 1.
    private let ring: [Int]
    private let placeInRing: [Int]

    public init(_ frequencies: TokenFrequencies, experts: Int, seed: UInt64) {
        self.experts = experts
        self.seed = seed
        var random = SeededRandom(seed, .hashExperts)
        var order = Array(0..<experts)
        random.shuffle(&order)
        ring = order
        var places = order
        for (place, expert) in order.enumerated() { places[expert] = place }
        placeInRing = places

        let ids = Self.idsByFrequency(frequencies, seed: seed)
        var load = [Int](repeating: 0, count: experts)
        for start in stride(from: 0, to: ids.count, by: experts) {
            random.shuffle(&order)
            let rank = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
            let byLoad = order.sorted {
                (load[$0], rank[$0] ?? 0) < (load[$1], rank[$1] ?? 0)
            }
            for (id, expert) in zip(ids[start...], byLoad) {
                home[id] = expert
                load[expert] += frequencies.counts[id] ?? 0
            }
        }
    }

    /// The `k` different experts of an id.
    ///
    /// Later ones follow the first on a seeded ring of all experts, so each place in the list is
    /// as balanced as the first (ours).
    public func experts(of id: UInt32, k: Int = 1) -> [Int] {
        let first = home[id] ?? randomExpert(of: id)
        guard k > 1 else { return [first] }
        return (0..<k).map { ring[(placeInRing[first] + $0) % experts] }
    }

    private func randomExpert(of id: UInt32) -> Int {
        var random = SeededRandom(seed, .hashUnknown, UInt64(id))
        return random.next(below: experts)
    }

    private static func idsByFrequency(_ frequencies: TokenFrequencies, seed: UInt64) -> [UInt32] {
        var random = SeededRandom(seed, .hashOrder)
        var ids = frequencies.counts.keys.sorted()
        random.shuffle(&ids)
        let keyed = ids.enumerated().map { (-(frequencies.counts[$1] ?? 0), $0, $1) }
        return keyed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
}
