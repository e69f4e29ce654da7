/// How many tokens an expert takes from one source rank.
public enum Capacity: Hashable, Sendable {
    /// `ceil(k s / n x cf)`, from the capacity factor cf.
    case factor(Double)
    /// The same C for every batch.
    case fixed(Int)

    /// C where tokens choose different numbers of experts: `ceil(pairs / n x cf)`.
    public func slots(pairs: Int, experts: Int) -> Int {
        slots(tokens: pairs, experts: experts, topK: 1)
    }

    /// C for a batch of `tokens`.
    public func slots(tokens: Int, experts: Int, topK: Int) -> Int {
        switch self {
        case .factor(let factor):
            Self.conventional(tokens: tokens, experts: experts, topK: topK, factor: factor)
        case .fixed(let slots): slots
        }
    }

    /// The conventional capacity `C = ceil(k s / n x cf)` of one source rank.
    ///
    /// A factor is a decimal that binary floating point cannot hold: 1.1 x 160 / 16 comes out as
    /// 11.000000000000002 and would be bumped to 12. A product within 1e-9 of a whole number
    /// therefore counts as that number.
    /// Source: Switch Transformers, arXiv 2101.03961, Eq. 3; LocMoE, arXiv 2401.13920.
    public static func conventional(
        tokens: Int,
        experts: Int,
        topK: Int,
        factor: Double
    ) -> Int {
        whole(factor * Double(topK) * Double(tokens) / Double(experts))
    }

    /// The next whole number of slots; within 1e-9 of one, that one.
    static func whole(_ exact: Double) -> Int {
        let nearest = exact.rounded()
        let slots = abs(exact - nearest) <= 1e-9 * max(1, exact) ? nearest : exact.rounded(.up)
        return Int(min(slots, 0x1p53))
    }
}
