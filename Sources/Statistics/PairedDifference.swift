// A against B over the same steps: the mean of the paired ratios, and how sure one may be.

/// Paired ratios a / b over steps, with a Student-t interval of their mean.
public struct PairedDifference: Sendable, Equatable {
    /// Pairs that entered: those with a positive, finite `b` and a finite `a`.
    public let count: Int
    /// Mean of the ratios a / b: 0.8 means that a takes 0.8 times as long.
    public let meanRatio: Double
    /// Half the width of the interval; `nil` with fewer than two pairs, which say nothing about
    /// spread.
    public let halfWidth: Double?

    /// Compares `a[i]` with `b[i]` for every i that both have; `nil` without a usable pair.
    ///
    /// - Parameters:
    ///   - a: samples of the candidate, in the unit of `b`.
    ///   - b: samples of the baseline at the same steps.
    ///   - confidence: of the interval, 0.95 unless told otherwise.
    public init?(of a: [Double], over b: [Double], confidence: Double = 0.95) {
        let ratios = zip(a, b).filter { $0.isFinite && $1.isFinite && $1 > 0 }.map { $0 / $1 }
        guard let centre = mean(of: ratios) else { return nil }
        count = ratios.count
        meanRatio = centre
        guard
            let deviation = standardDeviation(of: ratios),
            let t = StudentT.twoSided(confidence: confidence, degreesOfFreedom: count - 1)
        else {
            halfWidth = nil
            return
        }
        halfWidth = t * deviation / Double(count).squareRoot()
    }

    /// The interval of the mean ratio, `nil` with fewer than two pairs.
    public var interval: ClosedRange<Double>? {
        halfWidth.map { meanRatio - $0...meanRatio + $0 }
    }

    /// The interval as results.json holds it: two values, or none with fewer than two pairs.
    public var ci95: [Double] {
        interval.map { [$0.lowerBound, $0.upperBound] } ?? []
    }
}
