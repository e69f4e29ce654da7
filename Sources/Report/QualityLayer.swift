/// What the router of one MoE layer knew and decided in a training step, over all ranks.
public struct QualityLayer: Codable, Sendable, Equatable {
    /// C, of an expert for one source rank or, with pooled slots, for all of them.
    public var capacity: Int
    /// "bound", "corollary", "conventional" or "configured".
    public var capacitySetBy: String?
    /// "tcr": the first C tokens, "ecr": the best.
    public var mode: String?
    /// p_i, the share of an expert's relevant tokens that choose it, [experts].
    ///
    /// Which are relevant is the whole record's (`Quality.relevance`). Nil where an expert has none;
    /// empty for routers without affinities, like q.
    public var p: [Double?]
    /// q_i, the share of irrelevant tokens whose affinity reaches that of a relevant one.
    public var q: [Double?]
    /// Affinity of tokens with the expert they chose first; nil for routers without affinities.
    public var delta: AffinitySummary?
    /// Pairs that each expert kept, [experts].
    public var perExpert: [Int]
    /// Pairs that chose each expert, [experts]; one that was rerouted where it went.
    public var chosenPerExpert: [Int]

    public init(
        capacity: Int,
        capacitySetBy: String? = nil,
        mode: String? = nil,
        p: [Double?] = [],
        q: [Double?] = [],
        delta: AffinitySummary? = nil,
        perExpert: [Int],
        chosenPerExpert: [Int]
    ) {
        self.capacity = capacity
        self.capacitySetBy = capacitySetBy
        self.mode = mode
        self.p = p
        self.q = q
        self.delta = delta
        self.perExpert = perExpert
        self.chosenPerExpert = chosenPerExpert
    }

    /// Whether any expert's q is known: without one Corollary 6 says nothing.
    public var knowsFalsePositives: Bool { q.contains { $0 != nil } }
}

/// Affinities of a step.
public struct AffinitySummary: Codable, Sendable, Equatable {
    public var mean: Double
    public var max: Double

    public init(mean: Double, max: Double) {
        self.mean = mean
        self.max = max
    }
}
