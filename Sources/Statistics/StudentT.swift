// Student's t distribution for whole degrees of freedom: its central probability and quantile.

import Glibc

/// Student's t distribution.
///
/// For whole degrees of freedom ν its distribution is a finite sum in θ = atan(t / √ν)
/// (Abramowitz and Stegun, 26.7.3 and 26.7.4), which needs no incomplete beta function.
public enum StudentT {
    /// The probability that |T| is at most √ν·tan θ.
    static func central(theta: Double, degreesOfFreedom: Int) -> Double {
        let sine = sin(theta)
        let cosine = cos(theta)
        let square = cosine * cosine
        let isOdd = degreesOfFreedom % 2 == 1
        var term = isOdd ? cosine : 1
        var sum = degreesOfFreedom == 1 ? 0 : term
        var k = isOdd ? 2 : 1
        while k < degreesOfFreedom - 2 {
            term *= square * Double(k) / Double(k + 1)
            sum += term
            k += 2
        }
        return isOdd ? 2 / Double.pi * (theta + sine * sum) : sine * sum
    }

    /// The t that |T| stays below with probability `confidence`: 2.2622 for 0.95 and 9 degrees.
    ///
    /// - Parameters:
    ///   - confidence: of a two-sided interval, between 0 and 1, both excluded.
    ///   - degreesOfFreedom: at least 1; a sample's size - 1.
    /// - Returns: the quantile, with a relative error below 1e-9; `nil` for parameters out of
    ///   range.
    public static func twoSided(confidence: Double, degreesOfFreedom: Int) -> Double? {
        guard degreesOfFreedom >= 1, confidence > 0, confidence < 1 else { return nil }
        var low = 0.0
        var high = Double.pi / 2
        // Bisection gains one bit a turn and cannot diverge; this is called once a report.
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if central(theta: middle, degreesOfFreedom: degreesOfFreedom) < confidence {
                low = middle
            } else {
                high = middle
            }
        }
        return Double(degreesOfFreedom).squareRoot() * tan((low + high) / 2)
    }
}
