// The sum of what all ranks have, on all of them: in stages, each an exchange of stretches of
// values and what a rank makes of those that came. In which order values are added follows from
// the layout alone, so every run of the same seed has the same bits.

import ClusterModel

/// An all-reduce in groups of ranks: of float32 values, unless told otherwise.
public struct AllReduce: Sendable, Hashable {
    public let algorithm: AllReduceAlgorithm
    /// Values of a rank.
    public let count: Int
    /// Of a value on the wire.
    public let valueBytes: Int
    private let layout: RankLayout
    /// Ranks that sum with each other, by node, [groups][nodes][ranks]: all of the same shape.
    private let groups: [[[Rank]]]
    /// Its group, node and place in the node, index = rank; `nil`: it sums with nobody.
    private let places: [Place?]

    private struct Place: Sendable, Hashable {
        var group = 0
        var node = 0
        var index = 0
    }

    /// - Parameters:
    ///   - algorithm: how it goes; a ring unless those of a group lie on its nodes in equal numbers.
    ///   - groups: no rank in two of them; who is in none is left out.
    ///   - count: values that each rank has.
    ///   - layout: which ranks share a node.
    ///   - valueBytes: of a value on the wire; a float32 unless told otherwise.
    public init(
        _ algorithm: AllReduceAlgorithm,
        groups: [[Rank]],
        count: Int,
        layout: RankLayout,
        valueBytes: Int = 4
    ) {
        self.count = count
        self.valueBytes = valueBytes
        self.layout = layout
        let byNode = groups.map { Self.byNode($0, layout) }
        let shapes = Set(byNode.map { $0.map(\.count) })
        invariant(
            shapes.count == 1 && Set(groups.joined()).count == groups.reduce(0) { $0 + $1.count },
            "groups of ranks \(shapes) on their nodes"
        )
        self.algorithm = Set(shapes.first ?? []).count == 1 ? algorithm : .ring
        self.groups = byNode
        var places = [Place?](repeating: nil, count: layout.world)
        for (group, nodes) in byNode.enumerated() {
            for (node, ranks) in nodes.enumerated() {
                for (index, rank) in ranks.enumerated() {
                    places[rank.index] = Place(group: group, node: node, index: index)
                }
            }
        }
        self.places = places
    }

    private static func byNode(_ ranks: [Rank], _ layout: RankLayout) -> [[Rank]] {
        let sorted = ranks.sorted()
        var nodes: [[Rank]] = []
        for rank in sorted {
            if let last = nodes.last?.last, layout.areOnOneNode(last, rank) {
                nodes[nodes.count - 1].append(rank)
            } else {
                nodes.append([rank])
            }
        }
        return nodes
    }

    private var nodes: Int { groups[0].count }
    private var perNode: Int { groups[0][0].count }
    private var size: Int { groups[0].reduce(0) { $0 + $1.count } }

    /// What a rank does, in order; every rank has as many stages, and who is left out nothing to do
    /// in them.
    public func stages(of rank: Rank) -> [ReduceStage] {
        guard let place = places[rank.index] else {
            let others = stages(of: groups[0][0][0])
            return others.map { _ in ReduceStage(sends: [], receives: [], summands: []) }
        }
        return switch algorithm {
        case .hierarchical: hierarchical(rank, at: place)
        case .ring: ring(rank, of: groups[place.group].flatMap(\.self))
        }
    }

    /// The sum that the stages give, bit for bit, from what each rank of a group has, in the order
    /// of ranks.
    public func sum(_ parts: [[Float]]) -> [Float] {
        invariant(
            parts.count == size && parts.allSatisfy { $0.count == count },
            "parts of \(parts.map(\.count)) values for \(size) of \(count)"
        )
        switch algorithm {
        case .hierarchical:
            let sums = (0..<nodes).map { node in
                Self.add(Array(parts[node * perNode..<(node + 1) * perNode]))
            }
            return Self.add(sums)
        case .ring:
            return (0..<size).flatMap { chunk in
                let range = Self.part(chunk, of: 0..<count, size)
                return Self.add(
                    (0..<size).map { Array(parts[(chunk + $0) % size][range]) }
                )
            }
        }
    }

    /// Value by value, the first plus the second plus the third.
    public static func add(_ parts: [[Float]]) -> [Float] {
        guard var sum = parts.first else { return [] }
        for part in parts.dropFirst() {
            sum.withUnsafeMutableBufferPointer { sum in
                part.withUnsafeBufferPointer { part in
                    for i in sum.indices { sum[i] += part[i] }
                }
            }
        }
        return sum
    }

    /// One of `count` parts of a range, equal but for the rounding.
    static func part(_ index: Int, of range: Range<Int>, _ count: Int) -> Range<Int> {
        let size = range.count
        return range.lowerBound + size * index / count..<range.lowerBound + size * (index + 1)
            / count
    }

    // MARK: Stages

    private func hierarchical(_ rank: Rank, at place: Place) -> [ReduceStage] {
        let group = groups[place.group]
        let mates = group[place.node]
        let twins = group.map { $0[place.index] }
        let own = Self.part(place.index, of: 0..<count, perNode)
        func shard(_ index: Int) -> Range<Int> { Self.part(index, of: 0..<count, perNode) }
        func piece(_ node: Int) -> Range<Int> { Self.part(node, of: own, nodes) }
        var stages: [ReduceStage] = []
        if perNode > 1 { stages.append(.scatter(rank, among: mates, shard)) }
        if nodes > 1 {
            stages.append(.scatter(rank, among: twins, piece))
            stages.append(.gather(rank, among: twins, piece))
        }
        if perNode > 1 { stages.append(.gather(rank, among: mates, shard)) }
        return stages
    }

    private func ring(_ rank: Rank, of ranks: [Rank]) -> [ReduceStage] {
        let n = ranks.count
        let me = ranks.firstIndex(of: rank) ?? 0
        func chunk(_ index: Int) -> Range<Int> {
            Self.part(((index % n) + n) % n, of: 0..<count, n)
        }
        let (next, previous) = (ranks[(me + 1) % n], ranks[(me + n - 1) % n])
        let adding = (0..<n - 1).map { round in
            ReduceStage(
                sends: [.init(peer: next, values: chunk(me - round))],
                receives: [.init(peer: previous, values: chunk(me - round - 1))],
                summands: [previous, rank]
            )
        }
        let spreading = (0..<n - 1).map { round in
            ReduceStage(
                sends: [.init(peer: next, values: chunk(me + 1 - round))],
                receives: [.init(peer: previous, values: chunk(me - round))],
                summands: []
            )
        }
        return adding + spreading
    }
}

/// One stage of an all-reduce on one rank.
public struct ReduceStage: Sendable, Hashable {
    /// Values for or from a peer.
    public struct Stretch: Sendable, Hashable {
        public var peer: Rank
        public var values: Range<Int>
    }

    public var sends: [Stretch]
    public var receives: [Stretch]
    /// In whose order what came is added, the rank itself among them; where it is empty, what came
    /// takes the place of what was there.
    public var summands: [Rank]

    /// Each of `ranks` gets its part of all and adds.
    fileprivate static func scatter(
        _ rank: Rank,
        among ranks: [Rank],
        _ part: (Int) -> Range<Int>
    ) -> ReduceStage {
        let me = ranks.firstIndex(of: rank) ?? 0
        let others = Self.others(ranks, me)
        return ReduceStage(
            sends: others.map { Stretch(peer: ranks[$0], values: part($0)) },
            receives: others.map { Stretch(peer: ranks[$0], values: part(me)) },
            summands: ranks
        )
    }

    /// Each of `ranks` hands its part to all.
    fileprivate static func gather(
        _ rank: Rank,
        among ranks: [Rank],
        _ part: (Int) -> Range<Int>
    ) -> ReduceStage {
        let me = ranks.firstIndex(of: rank) ?? 0
        let others = Self.others(ranks, me)
        return ReduceStage(
            sends: others.map { Stretch(peer: ranks[$0], values: part(me)) },
            receives: others.map { Stretch(peer: ranks[$0], values: part($0)) },
            summands: []
        )
    }

    /// The others, the next one first, so that no two begin with the same.
    private static func others(_ ranks: [Rank], _ me: Int) -> [Int] {
        (1..<max(1, ranks.count)).map { (me + $0) % ranks.count }
    }

    /// What this stage makes of what came: stretches of values and what stands there from now on.
    ///
    /// - Parameters:
    ///   - own: the rank's own values of a stretch.
    ///   - rank: whose stage it is.
    ///   - came: the values from a peer, as many as `receives` says.
    ///   - merge: the values of a stretch from several ranks as one.
    /// - Returns: stretches, and a number for each of their values.
    public func results<Value>(
        own: (Range<Int>) -> [Value],
        rank: Rank,
        came: (Rank) -> [Value],
        merge: (_ parts: [[Value]], _ values: Range<Int>) -> [Value]
    ) -> [(values: Range<Int>, numbers: [Value])] {
        guard !summands.isEmpty else { return receives.map { ($0.values, came($0.peer)) } }
        guard let range = receives.first?.values else { return [] }
        return [(range, merge(summands.map { $0 == rank ? own(range) : came($0) }, range))]
    }

    /// The same of float32 values on an array, in place.
    public func fold(_ rank: Rank, into values: inout [Float], came: (Rank) -> [Float]) {
        let results = results(
            own: { Array(values[$0]) },
            rank: rank,
            came: came,
            merge: { parts, _ in AllReduce.add(parts) }
        )
        for (range, numbers) in results { values.replaceSubrange(range, with: numbers) }
    }
}
