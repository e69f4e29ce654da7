/// One training step: its loss, and what its router knew and decided, over all ranks.
///
/// Counts are of the first MoE layer where nothing else is said. Controls without experts offer
/// nothing and have no capacity.
public struct QualityStep: Codable, Sendable, Equatable {
    /// Counted from 0.
    public var step: Int
    /// Emulated µs from the start of training to this step's end; nil where there is no clock.
    public var emulatedUs: Double?
    /// Mean cross-entropy over the tokens of all ranks, in nats.
    public var trainLoss: Double
    /// (token, expert) pairs of all layers: chosen, and kept.
    public var offered: Int
    public var kept: Int
    /// C, of an expert for one source rank or, with pooled slots, for all of them.
    public var capacity: Int
    /// "bound", "corollary", "conventional" or "configured"; nil without experts.
    public var capacitySetBy: String?
    /// "tcr": the first C tokens, "ecr": the best; nil without experts.
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
    /// Pairs that chose each expert, [experts].
    public var chosenPerExpert: [Int]
    /// Payload between nodes, of all layers: dispatch and combine, forward and backward.
    ///
    /// Of a run, what went over the links; without links, the learned rows of kept pairs. Nil for
    /// steps of a run that were learned before its first.
    public var interNodeBytes: Int?

    public init(
        step: Int,
        emulatedUs: Double? = nil,
        trainLoss: Double,
        offered: Int = 0,
        kept: Int = 0,
        capacity: Int = 0,
        capacitySetBy: String? = nil,
        mode: String? = nil,
        p: [Double?] = [],
        q: [Double?] = [],
        delta: AffinitySummary? = nil,
        perExpert: [Int] = [],
        chosenPerExpert: [Int] = [],
        interNodeBytes: Int? = nil
    ) {
        self.step = step
        self.emulatedUs = emulatedUs
        self.trainLoss = trainLoss
        self.offered = offered
        self.kept = kept
        self.capacity = capacity
        self.capacitySetBy = capacitySetBy
        self.mode = mode
        self.p = p
        self.q = q
        self.delta = delta
        self.perExpert = perExpert
        self.chosenPerExpert = chosenPerExpert
        self.interNodeBytes = interNodeBytes
    }

    /// Pairs kept, of those offered; nil where none was.
    public var keptShare: Double? { offered > 0 ? Double(kept) / Double(offered) : nil }
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
