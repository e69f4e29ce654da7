// Quantiles and the mean of a sample.
//
// One definition for the whole project, so that "p99" means the same in every table: linear
// interpolation between order statistics (Hyndman and Fan 1996, type 7; the default of NumPy
// and R). Nearest rank was rejected: with ten steps it makes p90 and p99 the maximum.

/// Quantiles by linear interpolation between order statistics (Hyndman and Fan, type 7).
public enum Quantile {
    /// The `p` quantile of `samples`.
    ///
    /// - Parameters:
    ///   - p: from 0, the least sample, to 1, the greatest; values outside are clamped.
    ///   - samples: in any order; none may be NaN.
    /// - Returns: a value in the samples' unit; `nil` of an empty sample.
    public static func linear(_ p: Double, of samples: [Double]) -> Double? {
        linear(p, ofSorted: samples.sorted())
    }

    /// The same of samples that already ascend, so that several quantiles cost one sort.
    public static func linear(_ p: Double, ofSorted sorted: [Double]) -> Double? {
        guard let last = sorted.indices.last else { return nil }
        let position = min(max(p, 0), 1) * Double(last)
        let below = Int(position)
        let above = min(below + 1, last)
        let share = position - Double(below)
        return sorted[below] + share * (sorted[above] - sorted[below])
    }
}

/// The arithmetic mean, in the unit of `samples`; `nil` of an empty sample.
public func mean(of samples: [Double]) -> Double? {
    samples.isEmpty ? nil : samples.reduce(0, +) / Double(samples.count)
}

/// The standard deviation of a sample (divisor n - 1), in its unit; `nil` below two samples.
public func standardDeviation(of samples: [Double]) -> Double? {
    guard samples.count > 1, let centre = mean(of: samples) else { return nil }
    let squares = samples.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
    return (squares / Double(samples.count - 1)).squareRoot()
}
