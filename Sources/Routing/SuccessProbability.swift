import ClusterModel
import Glibc

/// The chance that a relevant token is computed by its expert, in the model of LocMoE+'s proofs.
///
/// Token choice fails when an expert's C slots are taken by earlier tokens, expert choice when C
/// irrelevant tokens score higher.
/// Source: LocMoE+, arXiv 2406.00023, proofs of Theorem 5 and Corollary 6, exact finite forms.
public enum SuccessProbability {
    /// `1/(n s) Σ_i Σ_{r=1..s} p_i P(Bin(r-1, 1/n) < C)`.
    ///
    /// - Parameters:
    ///   - truePositive: p_i for each expert, [n]: the share of its relevant tokens that choose it.
    ///   - tokens: s.
    ///   - capacity: C.
    /// - Returns: the chance under token-choice routing.
    public static func tokenChoice(truePositive: [Double], tokens: Int, capacity: Int) -> Double {
        let n = Double(truePositive.count)
        let room = (0..<tokens).reduce(0.0) {
            $0 + binomial(trials: $1, chance: 1 / n, atMost: capacity - 1)
        }
        return truePositive.reduce(0, +) * room / (n * Double(tokens))
    }

    /// `1/n Σ_i P(Bin(s-1, q_i) <= C-1)`.
    ///
    /// - Parameters:
    ///   - falsePositive: q_i for each expert, [n]: the share of irrelevant tokens whose score
    ///     reaches that of the relevant one.
    ///   - tokens: s.
    ///   - capacity: C.
    /// - Returns: the chance under expert-choice routing.
    public static func expertChoice(falsePositive: [Double], tokens: Int, capacity: Int) -> Double {
        falsePositive.reduce(0.0) {
            $0 + binomial(trials: tokens - 1, chance: $1, atMost: capacity - 1)
        } / Double(falsePositive.count)
    }

    /// `P(Bin(trials, chance) <= atMost) = I_{1-chance}(trials - atMost, atMost + 1)`.
    static func binomial(trials: Int, chance: Double, atMost: Int) -> Double {
        guard atMost >= 0 else { return 0 }
        guard atMost < trials else { return 1 }
        return exp(
            IncompleteBeta.logValue(
                x: 1 - chance,
                y: chance,
                a: Double(trials - atMost),
                b: Double(atMost + 1)
            )
        )
    }
}
