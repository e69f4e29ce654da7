import ClusterModel
import Statistics
import Wire

extension LatenessHistogram {
    /// Pairs of bin and count, for the wire.
    var sparse: [Int] {
        counts.indices.flatMap { counts[$0] > 0 ? [$0, Int(clamping: counts[$0])] : [] }
    }

    /// One that came over the wire; `nil` if it cannot be one.
    init?(sparse: [Int], max: Interval) {
        var counts = [UInt64](repeating: 0, count: Self.binCount)
        guard sparse.count % 2 == 0 else { return nil }
        for index in stride(from: 0, to: sparse.count, by: 2) {
            guard counts.indices.contains(sparse[index]), sparse[index + 1] >= 0 else {
                return nil
            }
            counts[sparse[index]] = UInt64(sparse[index + 1])
        }
        self.init(counts: counts, maxPicoseconds: max.picoseconds)
    }
}
