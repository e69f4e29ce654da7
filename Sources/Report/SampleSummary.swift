// Quantiles of one sample, with the sample.

import Statistics

/// Quantiles of a sample, linear between order statistics, with the sample itself.
///
/// The unit is in the name of the property that holds it.
public struct SampleSummary: Codable, Sendable, Equatable {
    public var p50: Double
    public var p90: Double
    public var p99: Double
    public var mean: Double
    public var samples: [Double]

    public init(p50: Double, p90: Double, p99: Double, mean: Double, samples: [Double]) {
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.mean = mean
        self.samples = samples
    }
}

extension SampleSummary {
    /// Sums up `samples`; all figures are 0 if there are none.
    public init(of samples: [Double]) {
        let sorted = samples.sorted()
        self.init(
            p50: Quantile.linear(0.5, ofSorted: sorted) ?? 0,
            p90: Quantile.linear(0.9, ofSorted: sorted) ?? 0,
            p99: Quantile.linear(0.99, ofSorted: sorted) ?? 0,
            mean: Statistics.mean(of: samples) ?? 0,
            samples: samples
        )
    }
}
