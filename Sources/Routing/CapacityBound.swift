import ClusterModel
import Glibc

/// The lower bound on an expert's capacity from the affinity of its tokens, in three forms.
///
/// It comes from the chance that a random direction of R^d is as close to a gating vector as δ.
/// The bound explodes with `d δ²`, so everything is kept as a logarithm and clamped at the end.
/// Source: LocMoE, arXiv 2401.13920, Theorem 1; LocMoE+, arXiv 2406.00023, Remark 7.
public struct CapacityBound: Hashable, Sendable {
    public enum Form: String, Sendable, CaseIterable {
        /// `1 / (n p_δ)`.
        case exact
        /// `1 / (n erfc(sqrt(δ² d / (2 - δ²))))`.
        case erfc
        /// `1/n exp(d δ² / (2 - δ²))`.
        case exp
    }

    /// n.
    public let experts: Int
    /// d, at least 2.
    public let width: Int
    /// δ, clamped to [0, 1] for the last bit of a cosine; LocMoE+ uses the largest affinity.
    public let affinity: Double

    public init(experts: Int, width: Int, affinity: Double) {
        invariant(
            experts > 0 && width > 1 && !affinity.isNaN,
            "a bound for \(experts) experts, width \(width), affinity \(affinity)"
        )
        self.experts = experts
        self.width = width
        self.affinity = min(1, max(0, affinity))
    }

    /// `ln p_δ`, `p_δ = 1 - I_{δ²}(1/2, (d-1)/2)`: the chance of a cosine of at least δ in size.
    public var logTail: Double {
        IncompleteBeta.logValue(
            x: (1 - affinity) * (1 + affinity),
            y: affinity * affinity,
            a: Double(width - 1) / 2,
            b: 0.5
        )
    }

    /// `ln C` of a form.
    public func logValue(_ form: Form) -> Double {
        let square = affinity * affinity
        let exponent = Double(width) * square / (2 - square)
        let inverse =
            switch form {
            case .exact: -logTail
            case .erfc: -logErfc(exponent.squareRoot())
            case .exp: exponent
            }
        return inverse - log(Double(experts))
    }

    /// C of a form: the next whole number, clamped to `[floor, tokens]`.
    ///
    /// - Parameters:
    ///   - form: which of the three.
    ///   - floor: the least capacity, at most `tokens`.
    ///   - tokens: s, the most an expert can be given.
    /// - Returns: slots of an expert.
    public func slots(_ form: Form, floor: Int, tokens: Int) -> Int {
        let logSlots = logValue(form)
        guard logSlots < log(Double(tokens)) else { return tokens }
        return min(tokens, max(floor, Int(Glibc.exp(logSlots).rounded(.up))))
    }
}
