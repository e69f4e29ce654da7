// A bucket of an all-reduce: values that the same ranks have, and how those sum them.

import ClusterModel

/// Values that some ranks have, one after the other on each of them.
public struct SharedRun: Sendable, Hashable {
    /// Where they stand on a rank.
    public struct Place: Sendable, Hashable {
        public var rank: Rank
        /// Index of the first among all that the rank has.
        public var start: Int

        public init(rank: Rank, start: Int) {
            self.rank = rank
            self.start = start
        }
    }

    public var places: [Place]
    public var count: Int

    public init(_ places: [Place], count: Int) {
        self.places = places
        self.count = count
    }

    /// This run and one that follows it on all ranks; `nil` where it does not.
    public func joined(with next: SharedRun) -> SharedRun? {
        let follows = places.elementsEqual(next.places) {
            $0.rank == $1.rank && $0.start + count == $1.start
        }
        return follows ? SharedRun(places, count: count + next.count) : nil
    }
}

/// A run of values and the order in which its ranks sum it.
public struct ReduceBucket: Sendable, Hashable {
    /// A ring unless its ranks lie on their nodes in equal numbers.
    public let algorithm: AllReduceAlgorithm
    /// Ascending.
    public let ranks: [Rank]
    public let count: Int
    /// Of each of `ranks`.
    private let starts: [Int]
    /// Its ranks by node, [nodes][ranks].
    private let nodes: [[Rank]]

    init(_ algorithm: AllReduceAlgorithm, _ run: SharedRun, _ layout: RankLayout) {
        let places = run.places.sorted { $0.rank < $1.rank }
        ranks = places.map(\.rank)
        starts = places.map(\.start)
        count = run.count
        invariant(
            !ranks.isEmpty && Set(ranks).count == ranks.count,
            "a bucket of \(count) values of ranks \(ranks)"
        )
        nodes = Self.byNode(ranks, layout)
        self.algorithm = Set(nodes.map(\.count)).count == 1 ? algorithm : .ring
    }

    private static func byNode(_ ranks: [Rank], _ layout: RankLayout) -> [[Rank]] {
        var nodes: [[Rank]] = []
        for rank in ranks {
            if let last = nodes.last?.last, layout.areOnOneNode(last, rank) {
                nodes[nodes.count - 1].append(rank)
            } else {
                nodes.append([rank])
            }
        }
        return nodes
    }

    private var perNode: Int { nodes[0].count }

    /// Where its values stand among all that one of its ranks has.
    public func values(of rank: Rank) -> Range<Int> {
        let start = starts[place(of: rank)]
        return start..<start + count
    }

    private func place(of rank: Rank) -> Int {
        guard let place = ranks.firstIndex(of: rank) else {
            fatalError("rank \(rank) has none of a bucket of ranks \(ranks)")
        }
        return place
    }

    /// The sum that its stages give, bit for bit, from what each rank has, in the order of ranks.
    public func sum(_ parts: [[Float]]) -> [Float] {
        invariant(
            parts.count == ranks.count && parts.allSatisfy { $0.count == count },
            "parts of \(parts.map(\.count)) values for \(ranks.count) of \(count)"
        )
        switch algorithm {
        case .hierarchical:
            let sums = nodes.indices.map { node in
                AllReduce.add(Array(parts[node * perNode..<(node + 1) * perNode]))
            }
            return AllReduce.add(sums)
        case .ring:
            let size = ranks.count
            return (0..<size).flatMap { chunk in
                let range = Self.part(chunk, of: 0..<count, size)
                return AllReduce.add(
                    (0..<size).map { Array(parts[(chunk + $0) % size][range]) }
                )
            }
        }
    }

    /// One of `count` parts of a range, equal but for the rounding.
    private static func part(_ index: Int, of range: Range<Int>, _ count: Int) -> Range<Int> {
        let size = range.count
        return range.lowerBound + size * index / count..<range.lowerBound + size * (index + 1)
            / count
    }

    // MARK: Stages

    /// What one of its ranks does, in order.
    func stages(of rank: Rank) -> [ReduceStage.Part] {
        let start = values(of: rank).lowerBound
        let stages =
            switch algorithm {
            case .hierarchical: hierarchical(rank)
            case .ring: ring(rank)
            }
        return stages.map { $0.shifted(by: start) }
    }

    private func hierarchical(_ rank: Rank) -> [ReduceStage.Part] {
        let (node, index) = place(of: rank).quotientAndRemainder(dividingBy: perNode)
        let mates = nodes[node]
        let twins = nodes.map { $0[index] }
        let own = Self.part(index, of: 0..<count, perNode)
        func shard(_ index: Int) -> Range<Int> { Self.part(index, of: 0..<count, perNode) }
        func piece(_ node: Int) -> Range<Int> { Self.part(node, of: own, nodes.count) }
        var stages: [ReduceStage.Part] = []
        if perNode > 1 { stages.append(.scatter(rank, among: mates, shard)) }
        if nodes.count > 1 {
            stages.append(.scatter(rank, among: twins, piece))
            stages.append(.gather(rank, among: twins, piece))
        }
        if perNode > 1 { stages.append(.gather(rank, among: mates, shard)) }
        return stages
    }

    private func ring(_ rank: Rank) -> [ReduceStage.Part] {
        let n = ranks.count
        let me = place(of: rank)
        func chunk(_ index: Int) -> Range<Int> {
            Self.part(((index % n) + n) % n, of: 0..<count, n)
        }
        let (next, previous) = (ranks[(me + 1) % n], ranks[(me + n - 1) % n])
        let adding = (0..<n - 1).map { round in
            ReduceStage.Part(
                sends: [.init(peer: next, values: chunk(me - round))],
                receives: [.init(peer: previous, values: chunk(me - round - 1))],
                summands: [previous, rank]
            )
        }
        let spreading = (0..<n - 1).map { round in
            ReduceStage.Part(
                sends: [.init(peer: next, values: chunk(me + 1 - round))],
                receives: [.init(peer: previous, values: chunk(me - round))],
                summands: []
            )
        }
        return adding + spreading
    }
}
