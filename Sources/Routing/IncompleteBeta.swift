import ClusterModel
import Glibc

/// The regularised incomplete beta function I_x(a, b), in log space: what the theory of capacity
/// is made of, as the tail of a cosine and as the binomial distribution.
///
/// The continued fraction of Abramowitz and Stegun 26.5.8, evaluated by Lentz's method, on the
/// side of the mean where it converges fast.
enum IncompleteBeta {
    /// It needs about `sqrt(max(a, b))` terms.
    private static let termsMax = 100_000

    /// `ln I_x(a, b)`, for a, b > 0 and x in [0, 1]; `y` is 1 - x, passed so that neither end
    /// loses digits.
    static func logValue(x: Double, y: Double, a: Double, b: Double) -> Double {
        guard x > 0 else { return -.infinity }
        guard y > 0 else { return 0 }
        let edge = a * log(x) + b * log(y) - logBeta(a, b)
        if x < (a + 1) / (a + b + 2) {
            return edge + log(fraction(x, a, b) / a)
        }
        return log1p(-exp(edge) * fraction(y, b, a) / b)
    }

    private static func logBeta(_ a: Double, _ b: Double) -> Double {
        lgamma(a).0 + lgamma(b).0 - lgamma(a + b).0
    }

    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var c = 1.0
        var d = 1 / away(1 - (a + b) * x / (a + 1))
        var result = d
        for term in 1...termsMax {
            let m = Double(term)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / away(1 + even * d)
            c = away(1 + even / c)
            result *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / away(1 + odd * d)
            c = away(1 + odd / c)
            result *= d * c
            if abs(d * c - 1) < 1e-15 { return result }
        }
        invariant(false, "I_x(\(a), \(b)) at \(x) needs more than \(termsMax) terms")
        return result
    }
}

/// `ln erfc(u)`, beyond where erfc itself underflows.
func logErfc(_ u: Double) -> Double {
    guard u > 20 else { return log(erfc(u)) }
    // The continued fraction of Abramowitz and Stegun 7.1.14: 30 terms are plenty from 20 on.
    var tail = u
    for term in stride(from: 30, through: 1, by: -1) { tail = u + Double(term) / 2 / tail }
    return -u * u - log(tail * Double.pi.squareRoot())
}
