import ClusterModel

/// What LocMoE+ knew and decided in one step, for a step's record and for plots.
public struct ResonanceRecord: Hashable, Sendable {
    public let mode: SelectionMode
    /// C, and which rule set it.
    public let capacity: CapacityDecision
    /// p_i, q_i and δ, over all ranks.
    public let resonance: Resonance
    /// Pairs offered and kept over all ranks.
    public let offered: Int
    public let kept: Int

    /// - Parameters:
    ///   - decision: what held for the step.
    ///   - resonance: the estimates of the step.
    ///   - assignments: those of the ranks it speaks of.
    public init(
        _ decision: AdaptiveMode.Decision,
        _ resonance: Resonance,
        _ assignments: [Assignment]
    ) {
        mode = decision.mode
        capacity = decision.capacity
        self.resonance = resonance
        offered = assignments.reduce(0) { $0 + $1.offered }
        kept = assignments.reduce(0) { $0 + $1.kept }
    }

    /// The share of offered pairs that were kept, 1 where none was offered.
    public var keptShare: Double { offered > 0 ? Double(kept) / Double(offered) : 1 }
}

extension ResonanceRecord: CustomStringConvertible {
    /// Three lines: mode and capacity, p, q; "-" where an expert has none.
    public var description: String {
        let clamp = capacity.isClamped ? ", clamped" : ""
        return """
            mode \(mode.rawValue), C = \(capacity.slots) (\(capacity.source)\(clamp)), affinity max \
            \(resonance.affinityMax) mean \(resonance.affinityMean), kept \(kept) of \(offered)
            p \(Self.text(resonance.truePositive))
            q \(Self.text(resonance.falsePositive))
            """
    }

    private static func text(_ shares: [Double?]) -> String {
        shares.map { $0.map { "\($0)" } ?? "-" }.joined(separator: " ")
    }
}
