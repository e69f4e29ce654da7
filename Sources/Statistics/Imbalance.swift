// How unevenly a load fell on experts, ranks or nodes.

import Glibc

/// Measures of a load's unevenness; the load itself is a count for each bearer.
///
/// A load of nothing (no bearers, or all counts 0) is even by definition: 1, 0, 0 and 1. Nobody
/// waits for anybody, and a report of NaN helps no one.
public struct Imbalance: Sendable, Equatable {
    /// The greatest load over the mean: 1 is even, n is all on one of n.
    public let maxOverMean: Double
    /// Coefficient of variation: standard deviation (divisor n) over mean; 0 is even.
    public let cv: Double
    /// Gini coefficient, from 0, even, to (n - 1) / n, all on one.
    public let gini: Double
    /// Shannon entropy over ln n: 1 is even (as is a single bearer), 0 all on one.
    public let entropy: Double

    public init(of loads: [Int]) {
        let total = loads.reduce(0, +)
        guard total > 0 else {
            (maxOverMean, cv, gini, entropy) = (1, 0, 0, 1)
            return
        }
        let n = Double(loads.count)
        let mean = Double(total) / n
        let variance = loads.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n
        maxOverMean = Double(loads.max() ?? 0) / mean
        cv = variance.squareRoot() / mean
        gini = Imbalance.gini(loads, total: Double(total))
        entropy = Imbalance.normalisedEntropy(loads, total: Double(total))
    }

    /// Half the relative mean absolute difference, in O(n log n): Σ(2i - n - 1)x_i / (n Σx).
    private static func gini(_ loads: [Int], total: Double) -> Double {
        let n = loads.count
        let weighted = loads.sorted().enumerated().reduce(0.0) { sum, item in
            sum + Double(2 * (item.offset + 1) - n - 1) * Double(item.element)
        }
        return weighted / (Double(n) * total)
    }

    private static func normalisedEntropy(_ loads: [Int], total: Double) -> Double {
        guard loads.count > 1 else { return 1 }
        let entropy = loads.reduce(0.0) { sum, load in
            guard load > 0 else { return sum }
            let share = Double(load) / total
            return sum - share * log(share)
        }
        return entropy / log(Double(loads.count))
    }
}
