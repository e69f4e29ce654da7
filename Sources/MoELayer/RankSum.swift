import ClusterModel

/// Sums over ranks, always in the same order: what an all-reduce has to give.
public enum RankSum {
    /// The first plus the second plus the third, value by value.
    public static func of(_ parts: [[Float]]) -> [Float] {
        guard var sum = parts.first else { return [] }
        for part in parts.dropFirst() {
            invariant(part.count == sum.count, "\(part.count) values added to \(sum.count)")
            sum.withUnsafeMutableBufferPointer { sum in
                part.withUnsafeBufferPointer { part in
                    for i in sum.indices { sum[i] += part[i] }
                }
            }
        }
        return sum
    }
}
