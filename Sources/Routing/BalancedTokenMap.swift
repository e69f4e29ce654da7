import ClusterModel

/// A fixed random map from vocabulary ids to experts, balanced in tokens.
///
/// Ids are taken by descending frequency, each by the expert with the fewest tokens so far; a seed
/// orders ids and experts that are equal in that. So experts differ in tokens by at most the most
/// frequent id's, and where no id is more than an expert's share, by far less; in ids they differ,
/// as one common id weighs as much as many rare ones. An id that does not occur gets a seeded random
/// expert.
/// Source: Hash Layers, arXiv 2106.04426 (balanced assignment).
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

        random.shuffle(&order)
        var load = [Int](repeating: 0, count: experts)
        for id in Self.idsByFrequency(frequencies, seed: seed) {
            // The first of the smallest, in seeded order.
            var lightest = order[0]
            for expert in order where load[expert] < load[lightest] { lightest = expert }
            home[id] = lightest
            load[lightest] += frequencies.counts[id] ?? 0
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
        var ids = frequencies.counts.filter { $0.value > 0 }.keys.sorted()
        random.shuffle(&ids)
        let keyed = ids.enumerated().map { (-(frequencies.counts[$1] ?? 0), $0, $1) }
        return keyed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
}
