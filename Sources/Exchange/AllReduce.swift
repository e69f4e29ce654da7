// The sum of what all ranks have, on all of them: in stages, each an exchange of stretches of
// values and what a rank makes of those that came. In which order values are added follows from
// the layout alone, so every run of the same seed has the same bits.

import ClusterModel

/// An all-reduce of what ranks have: of float32 values, unless told otherwise.
///
/// Values are summed bucket by bucket, all buckets at a time: the first stage of each is in the
/// first stage of all.
public struct AllReduce: Sendable, Hashable {
    public let algorithm: AllReduceAlgorithm
    /// What is summed, and by whom: no two buckets have a value of one rank in common.
    public let buckets: [ReduceBucket]
    /// Of a value on the wire.
    public let valueBytes: Int
    /// The buckets of each rank, index = rank; none: it sums with nobody.
    private let places: [[Int]]
    private let stageCount: Int

    /// All that the ranks of a group have is summed in the group.
    ///
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
        self.init(
            algorithm,
            runs: groups.map { group in
                SharedRun(group.map { SharedRun.Place(rank: $0, start: 0) }, count: count)
            },
            layout: layout,
            valueBytes: valueBytes
        )
    }

    /// Each run is summed by the ranks that have it, in a bucket of its own.
    public init(
        _ algorithm: AllReduceAlgorithm,
        runs: [SharedRun],
        layout: RankLayout,
        valueBytes: Int = 4
    ) {
        buckets = runs.map { ReduceBucket(algorithm, $0, layout) }
        self.valueBytes = valueBytes
        self.algorithm = buckets.allSatisfy { $0.algorithm == algorithm } ? algorithm : .ring
        var places = [[Int]](repeating: [], count: layout.world)
        for (index, bucket) in buckets.enumerated() {
            for rank in bucket.ranks { places[rank.index].append(index) }
        }
        self.places = places
        stageCount = buckets.map { $0.stages(of: $0.ranks[0]).count }.max() ?? 0
    }

    /// Values of all buckets.
    public var count: Int { buckets.reduce(0) { $0 + $1.count } }

    /// Values that a rank has in it.
    public func count(of rank: Rank) -> Int {
        places[rank.index].reduce(0) { $0 + buckets[$1].count }
    }

    /// What a rank does, in order; every rank has as many stages, and who is left out or has
    /// finished nothing to do in them.
    public func stages(of rank: Rank) -> [ReduceStage] {
        let own = places[rank.index].map { buckets[$0].stages(of: rank) }
        return (0..<stageCount).map { stage in
            ReduceStage(parts: own.compactMap { $0.indices.contains(stage) ? $0[stage] : nil })
        }
    }

    /// The sums that the stages give, bit for bit, in place; who is left out keeps what it has.
    ///
    /// - Parameter values: what each rank has, index = rank.
    public func sum(_ values: inout [[Float]]) {
        for bucket in buckets {
            let parts = bucket.ranks.map { Array(values[$0.index][bucket.values(of: $0)]) }
            let sum = bucket.sum(parts)
            for rank in bucket.ranks {
                values[rank.index].replaceSubrange(bucket.values(of: rank), with: sum)
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
}
