// Traffic matrices from (workload, seed, step), the layout and the mean bytes of a pair, and from
// nothing else. All arithmetic is of whole numbers.

import ClusterModel
import Exchange

/// The traffic of one step of a workload.
public struct WorkloadMatrix: Sendable {
    public let workload: SyntheticWorkload
    private let world: Int
    private let mean: Int
    private let seed: UInt64
    private let step: Int

    /// Zipf weights are 1 / place, in units of one over this.
    private static let zipfUnit = 1 << 20
    /// W7: steps from burst to burst, and how many times a quiet step's bytes it has.
    private static let burstPeriod = 4
    private static let burstFactor = 5

    /// `mean` bytes go from each rank to each rank, itself included, on average.
    ///
    /// Steps count from 0; the world has at least one rank.
    public init(
        _ workload: SyntheticWorkload,
        seed: UInt64,
        step: Int,
        layout: RankLayout,
        mean: ByteCount
    ) {
        invariant(step >= 0, "step \(step) of a workload: they count from 0")
        invariant((0...1 << 40).contains(mean.value), "a mean of \(mean): at most 2^40 bytes")
        self.workload = workload
        self.world = layout.world
        self.mean = mean.value
        self.seed = seed
        self.step = step
    }

    /// Bytes from each rank (row) to each rank (column).
    public var matrix: TrafficMatrix {
        switch workload {
        case .balanced: equalRows { weights(hot: [], share: (0, 1)) }
        case .hotExperts: equalRows { weights(hot: hotSet, share: (1, 2)) }
        case .hotRank: equalRows { weights(hot: [drawnRank], share: (1, 4)) }
        case .spreadHot: equalRows { zipf }
        case .raggedSources: ragged
        case .emptyRank: oneEmptyRow
        case .rotatingHot: equalRows { weights(hot: [step % world], share: (1, 4)) }
        case .burst: burst
        }
    }

    // MARK: Rows

    /// Every source sends the mean to each destination on average, by the same weights.
    private func equalRows(_ weights: () -> [Int]) -> TrafficMatrix {
        let row = Shares.cut(mean * world, by: weights())
        return TrafficMatrix(rows: Array(repeating: row, count: world))
    }

    private var oneEmptyRow: TrafficMatrix {
        let empty = drawnRank
        let row = Array(repeating: mean, count: world)
        return TrafficMatrix(
            rows: (0..<world).map { $0 == empty ? Array(repeating: 0, count: world) : row }
        )
    }

    private var ragged: TrafficMatrix {
        TrafficMatrix(
            rows: (0..<world).map { source in
                var random = stream(.source, source)
                // A quarter of the mean to seven quarters, in steps of one over 1,024.
                let quarters = 256 + random.next(below: 1536 + 1)
                let total = Shares.cut(mean * world * 2, by: [quarters, 2048 - quarters])[0]
                return Shares.cut(
                    total,
                    by: (0..<world).map { _ in 512 + random.next(below: 1025) }
                )
            }
        )
    }

    private var burst: TrafficMatrix {
        let isBurst = step % Self.burstPeriod == Self.burstPeriod - 1
        // A quiet step and a burst weigh 1 and 5, four steps have four means together.
        let unit = Self.burstPeriod * mean
        let quiet = Self.burstPeriod - 1 + Self.burstFactor
        let bytes = (isBurst ? Self.burstFactor : 1) * unit / quiet
        return TrafficMatrix(
            rows: Array(repeating: Array(repeating: bytes, count: world), count: world)
        )
    }

    // MARK: Weights of destinations

    /// The `hot` ones take `share` (as a fraction) together, the others what is left, each as much
    /// as the next.
    private func weights(hot: Set<Int>, share: (part: Int, whole: Int)) -> [Int] {
        let cold = world - hot.count
        guard !hot.isEmpty, cold > 0 else { return Array(repeating: 1, count: world) }
        let (warm, cool) = (share.part * cold, (share.whole - share.part) * hot.count)
        return (0..<world).map { hot.contains($0) ? warm : cool }
    }

    /// An eighth of the ranks, at least one.
    private var hotSet: Set<Int> {
        var ranks = Array(0..<world)
        var random = stream(.choice)
        random.shuffle(&ranks)
        return Set(ranks.prefix(max(1, world / 8)))
    }

    private var zipf: [Int] {
        var places = Array(0..<world)
        var random = stream(.choice)
        random.shuffle(&places)
        return places.map { Self.zipfUnit / ($0 + 1) }
    }

    // MARK: Draws

    private enum Purpose: UInt64 {
        case choice = 1
        case source
    }

    private var drawnRank: Int {
        var random = stream(.choice)
        return random.next(below: world)
    }

    private func stream(_ purpose: Purpose, _ index: Int = 0) -> SeededRandom {
        let name = workload.rawValue.utf8.reduce(0) { $0 << 8 | UInt64($1) }
        return SeededRandom(seed: seed, name, UInt64(step), purpose.rawValue, UInt64(index))
    }
}
