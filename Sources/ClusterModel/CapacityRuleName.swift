/// What sets an expert's capacity in LocMoE+, by its name in a configuration.
public enum CapacityRuleName: String, Sendable, Codable, CaseIterable {
    /// `ceil(k s / n x cf)`.
    case conventional
    /// The lower bound of LocMoE's Theorem 1, exactly.
    case bound
    /// The bound with the complementary error function.
    case boundErfc = "bound-erfc"
    /// The bound with the exponential function.
    case boundExp = "bound-exp"
    /// Corollary 6 of LocMoE+.
    case corollary
}
