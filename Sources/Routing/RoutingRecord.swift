import ClusterModel

/// What a layer's router knew and decided in one step, over all ranks, as plain numbers: for a
/// step's record and for plots.
public struct RoutingRecord: Hashable, Sendable, Codable {
    public var layer: Int
    /// `tcr`: experts keep the first C tokens, or `ecr`: the best; nil where nobody says.
    public var mode: String?
    /// Whether the mode is another than in the step before.
    public var isSwitch: Bool
    /// C, the largest over ranks; of pooled slots, those of all ranks together.
    public var capacity: Int
    /// What set C: `conventional`, `corollary`, `fixed`, `bound, FORM`, or `trace`.
    public var capacitySource: String
    /// Whether the rule's own figure lay outside what is possible.
    public var isClamped: Bool
    /// p_i and q_i, [n], nil where an expert has none; empty where a router has no affinities.
    public var truePositive: [Double?]
    public var falsePositive: [Double?]
    /// δ of a token and the expert it chose first; nil where a router has no affinities.
    public var affinityMean: Double?
    public var affinityMax: Double?
    /// (token, expert) pairs.
    public var offered: Int
    public var kept: Int
    public var rerouted: Int
    /// Pairs that chose each expert, [n]; one that was rerouted where it went.
    public var chosenPerExpert: [Int]
    /// Pairs that each expert kept, [n].
    public var keptPerExpert: [Int]

    /// - Parameters:
    ///   - layer: which layer.
    ///   - assignments: of all ranks.
    ///   - resonance: LocMoE+'s estimates over all ranks.
    ///   - mode: LocMoE+'s, where no machine decides it.
    ///   - decision: what a machine decided for the step.
    public init(
        layer: Int,
        _ assignments: [Assignment],
        resonance: Resonance? = nil,
        mode: SelectionMode? = nil,
        decision: AdaptiveMode.Decision? = nil
    ) {
        self.layer = layer
        self.mode = (decision?.mode ?? mode)?.rawValue
        isSwitch = decision?.isSwitch ?? false
        capacity = assignments.map(\.capacity).max() ?? 0
        capacitySource = "\(decision?.capacity.source ?? .conventional)"
        isClamped = decision?.capacity.isClamped ?? false
        (truePositive, falsePositive) = ([], [])
        offered = assignments.reduce(0) { $0 + $1.offered }
        kept = assignments.reduce(0) { $0 + $1.kept }
        rerouted = assignments.reduce(0) { $0 + $1.rerouted }
        chosenPerExpert = Self.sum(assignments.map(\.chosenPerExpert))
        keptPerExpert = Self.sum(assignments.map(\.countPerExpert))
        take(resonance)
    }

    private static func sum(_ counts: [[Int]]) -> [Int] {
        counts.dropFirst().reduce(counts.first ?? []) { zip($0, $1).map { $0 + $1 } }
    }

    /// What the estimates over all ranks are, in place of what it knows of affinities.
    public mutating func take(_ resonance: Resonance?) {
        truePositive = resonance?.truePositive ?? []
        falsePositive = resonance?.falsePositive ?? []
        affinityMean = resonance?.affinityMean
        affinityMax = resonance?.affinityMax
    }

    /// The share of offered pairs that were kept, 1 where none was offered.
    public var keptShare: Double { offered > 0 ? Double(kept) / Double(offered) : 1 }
}
