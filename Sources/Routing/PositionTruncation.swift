import ClusterModel

/// Token-choice truncation: an expert keeps the first C tokens that chose it, by position.
///
/// The rule of Switch, LocMoE and the hash router, and LocMoE+'s mode `tcr` (arXiv 2406.00023,
/// Eq. 6, where "Bottom-C" of the positions means the first C).
public enum PositionTruncation {
    /// Decides pairs that stand in token order.
    public static func decide(_ pairs: inout [Assignment.Pair], experts: Int, capacity: Int) {
        var counts = [Int](repeating: 0, count: experts)
        for i in pairs.indices {
            let expert = pairs[i].expert.index
            guard counts[expert] < capacity else {
                pairs[i].reason = .capacity
                continue
            }
            pairs[i].position = counts[expert]
            counts[expert] += 1
        }
    }
}
