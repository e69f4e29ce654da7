import ClusterModel

/// How LocMoE+ finds C for a step, and a record of which rule set it.
///
/// What the rules need of the tokens, δ_max and q, comes from all ranks (`Resonance`), so that
/// every rank sets the same C.
public enum CapacityRule: Hashable, Sendable {
    /// The same C whatever happens.
    case fixed(Int)
    /// `ceil(k s / n x cf)`.
    case conventional(factor: Double)
    /// Theorem 1 of LocMoE with the largest affinity (LocMoE+, Remark 7), in one of its forms.
    case bound(CapacityBound.Form)
    /// Corollary 6 of LocMoE+: `C >= 2 s max_i q_i` suffices for expert choice.
    case corollary

    /// What a record says of a C by this rule.
    public var source: CapacityDecision.Source {
        switch self {
        case .fixed: .fixed
        case .conventional: .conventional
        case .bound(let form): .bound(form)
        case .corollary: .corollary
        }
    }

    /// The rule of a configuration's name.
    public init(_ name: CapacityRuleName, factor: Double) {
        self =
            switch name {
            case .conventional: .conventional(factor: factor)
            case .bound: .bound(.exact)
            case .boundErfc: .bound(.erfc)
            case .boundExp: .bound(.exp)
            case .corollary: .corollary
            }
    }

    /// C for a step.
    ///
    /// - Parameters:
    ///   - resonance: the step's estimates over all ranks.
    ///   - batch: sizes of a source rank's batch.
    ///   - floor: C_min; no rule but a fixed C goes below it.
    /// - Returns: slots in `[floor, s]`, and what set them. Where no expert's q is known, the
    ///   corollary says nothing and C is s.
    public func decide(
        _ resonance: Resonance,
        batch: BatchShape,
        floor: Int
    ) -> CapacityDecision {
        let slots: Int
        switch self {
        case .fixed(let fixed): return CapacityDecision(slots: fixed, source: .fixed)
        case .conventional(let factor):
            slots = Capacity.conventional(
                tokens: batch.tokens,
                experts: batch.experts,
                topK: batch.topK,
                factor: factor
            )
        case .bound(let form):
            slots = CapacityBound(
                experts: batch.experts,
                width: batch.width,
                affinity: resonance.affinityMax
            ).slots(form, floor: min(floor, batch.tokens), tokens: batch.tokens)
        case .corollary:
            let q = resonance.falsePositiveMax ?? 1
            slots = Capacity.whole(2 * Double(batch.tokens) * q)
        }
        let clamped = min(max(slots, floor), max(batch.tokens, floor))
        return CapacityDecision(slots: clamped, source: source, isClamped: clamped != slots)
    }
}

/// Sizes of one source rank's batch.
public struct BatchShape: Hashable, Sendable {
    /// s.
    public var tokens: Int
    /// n.
    public var experts: Int
    /// k.
    public var topK: Int
    /// d, at least 2 where the bound is asked.
    public var width: Int

    public init(tokens: Int, experts: Int, topK: Int, width: Int) {
        self.tokens = tokens
        self.experts = experts
        self.topK = topK
        self.width = width
    }
}

/// C of a step and where it comes from.
public struct CapacityDecision: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        case fixed
        case conventional
        case bound(CapacityBound.Form)
        case corollary
    }

    public var slots: Int
    public var source: Source
    /// Whether the rule's own figure lay outside `[floor, s]`.
    public var isClamped: Bool

    public init(slots: Int, source: Source, isClamped: Bool = false) {
        self.slots = slots
        self.source = source
        self.isClamped = isClamped
    }
}

extension CapacityDecision.Source: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fixed: "fixed"
        case .conventional: "conventional"
        case .bound(let form): "bound, \(form.rawValue)"
        case .corollary: "corollary"
        }
    }
}
