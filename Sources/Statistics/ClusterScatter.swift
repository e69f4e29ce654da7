/// How far points of groups lie apart, as sums: those of several ranks add up to the same index.
///
///     var scatter = ClusterScatter(groups: experts, width: 128)
///     scatter.add(token, group: expert)
///     scatter.calinskiHarabasz        // of tokens by expert
public struct ClusterScatter: Hashable, Sendable {
    public let width: Int
    /// Points of each group.
    public private(set) var counts: [Int]
    /// Sum of each group's points, [groups x width].
    private var sums: [Double]
    /// Sum of the squared lengths of each group's points: kept apart, so that what cancels below
    /// is a group's own.
    private var squares: [Double]

    public init(groups: Int, width: Int) {
        self.width = width
        counts = [Int](repeating: 0, count: groups)
        sums = [Double](repeating: 0, count: groups * width)
        squares = [Double](repeating: 0, count: groups)
    }

    /// Adds a point, [width], to a group.
    public mutating func add(_ point: some Collection<Float>, group: Int) {
        counts[group] += 1
        var place = group * width
        for value in point {
            let value = Double(value)
            sums[place] += value
            squares[group] += value * value
            place += 1
        }
    }

    /// Adds the sums of another rank.
    public mutating func add(_ other: ClusterScatter) {
        for group in counts.indices {
            counts[group] += other.counts[group]
            squares[group] += other.squares[group]
        }
        for place in sums.indices { sums[place] += other.sums[place] }
    }

    /// The Calinski-Harabasz index: dispersion between groups over dispersion within,
    /// `(B / (k - 1)) / (W / (n - k))`, over the k groups that have points.
    ///
    /// 1 where groups are points (W = 0), as scikit-learn has it; nil with fewer than two groups
    /// or no more points than groups, where it is not defined. Caliński, Harabasz, *A dendrite
    /// method for cluster analysis*, 1974.
    public var calinskiHarabasz: Double? {
        guard let (between, within, groups, points) = dispersion else { return nil }
        guard within > 0 else { return 1 }
        return between * Double(points - groups) / (within * Double(groups - 1))
    }

    /// B / W alone, which does not grow with the number of points.
    ///
    /// Nil where the index is not defined, and where groups are points (W = 0).
    public var betweenOverWithin: Double? {
        guard let (between, within, _, _) = dispersion, within > 0 else { return nil }
        return between / within
    }

    /// B, W (0 where it is nothing but rounding), k and n; nil where they make no index.
    private var dispersion: (between: Double, within: Double, groups: Int, points: Int)? {
        let groups = counts.indices.filter { counts[$0] > 0 }
        let points = counts.reduce(0, +)
        guard groups.count > 1, points > groups.count else { return nil }
        var total = [Double](repeating: 0, count: width)
        var (within, between) = (0.0, 0.0)
        for group in groups {
            let sum = sums[group * width..<(group + 1) * width]
            let centred = sum.reduce(0) { $0 + $1 * $1 } / Double(counts[group])
            within += squares[group] - centred
            between += centred
            for (place, value) in sum.enumerated() { total[place] += value }
        }
        between -= total.reduce(0) { $0 + $1 * $1 } / Double(points)
        let isRounding = within <= 1e-12 * squares.reduce(0, +)
        return (between, isRounding ? 0 : within, groups.count, points)
    }
}
