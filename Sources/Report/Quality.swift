// What a router, or a control beside it, has learned; absent where nothing was trained.

/// Model quality, once routers are trained.
///
/// Losses are mean cross-entropies in nats.
public struct Quality: Codable, Sendable, Equatable {
    /// Mean of the last tenth of the steps.
    public var trainLoss: Double
    /// Over the held-out text, after the last step.
    public var heldOutLoss: Double
    /// Every training step; nil in results of earlier versions.
    public var series: [QualityStep]?
    /// The held-out text, looked at now and then; the last point is the end.
    public var heldOut: [HeldOutPoint]?
    /// Calinski-Harabasz index of held-out tokens (as they enter the first MoE layer) by the
    /// expert that keeps them; nil without experts.
    ///
    /// It grows with the number of tokens kept, so of two routers that keep different shares it
    /// favours the one that drops less: `betweenOverWithin` does not.
    public var calinskiHarabasz: Double?
    /// The dispersion of those tokens between experts over that within; nil without experts, and in
    /// results of earlier versions.
    public var betweenOverWithin: Double?
    /// What placing the experts of its layers would save; nil of a single layer.
    public var placement: PlacementGain?
    /// Of all steps: pairs that experts kept, of those offered; nil without experts.
    public var keptShare: Double?
    /// Which tokens p and q of its steps call relevant to an expert, as `routing.relevance` has it.
    ///
    /// "choice", those that choose it first, or "domain", those of the domain that chooses it
    /// most. Nil for routers without affinities, and in results of earlier versions, where it was
    /// one or the other.
    public var relevance: String?
    /// Of those kept, the pairs of all steps that went to another expert than the one chosen first;
    /// nil where no step tells.
    public var rerouted: Int?
    /// What moved its router's mode and when; nil where nothing does.
    public var modes: ModeRecord?
    /// When a loss was reached; nil where it was not, and before routers are compared.
    public var timeToLoss: TimeToLoss?

    public init(
        trainLoss: Double,
        heldOutLoss: Double,
        series: [QualityStep]? = nil,
        heldOut: [HeldOutPoint]? = nil,
        calinskiHarabasz: Double? = nil,
        betweenOverWithin: Double? = nil,
        placement: PlacementGain? = nil,
        relevance: String? = nil,
        modeRule: ModeRecord.Rule? = nil
    ) {
        self.relevance = relevance
        self.trainLoss = trainLoss
        self.heldOutLoss = heldOutLoss
        self.series = series
        self.heldOut = heldOut
        self.calinskiHarabasz = calinskiHarabasz
        self.betweenOverWithin = betweenOverWithin
        self.placement = placement
        keptShare = Self.keptShare(of: series ?? [])
        let rerouted = (series ?? []).compactMap(\.rerouted)
        self.rerouted = rerouted.isEmpty ? nil : rerouted.reduce(0, +)
        modes = modeRule.map { ModeRecord($0, of: series ?? []) }
    }

    private static func keptShare(of series: [QualityStep]) -> Double? {
        let offered = series.reduce(0) { $0 + $1.offered }
        return offered > 0 ? Double(series.reduce(0) { $0 + $1.kept }) / Double(offered) : nil
    }

    /// The steps whose costs count: not those of the warm-up.
    private var countedSteps: [QualityStep] { (series ?? []).filter { $0.isWarmup != true } }

    /// Payload between nodes, mean of a step, warm-up left out; nil without steps.
    public var interNodeBytesPerStep: Double? {
        let bytes = countedSteps.compactMap(\.interNodeBytes)
        return bytes.isEmpty ? nil : Double(bytes.reduce(0, +)) / Double(bytes.count)
    }

    /// Room of all experts, mean of a step; nil where no step tells.
    public var slotsPerStep: Double? {
        let slots = (series ?? []).compactMap(\.slots)
        return slots.isEmpty ? nil : Double(slots.reduce(0, +)) / Double(slots.count)
    }

    /// Slots that nobody took, of those there were, over the steps that are measured, or all where
    /// there is no clock; nil where no step tells.
    public var emptySlotShare: Double? {
        let timed = countedSteps.filter { $0.interNodeBytes != nil && $0.slots != nil }
        let slots = timed.reduce(0) { $0 + ($1.slots ?? 0) }
        guard slots > 0 else { return nil }
        return 1 - Double(timed.reduce(0) { $0 + $1.kept }) / Double(slots)
    }
}

/// A look at the held-out text.
public struct HeldOutPoint: Codable, Sendable, Equatable {
    /// Training steps done.
    public var step: Int
    /// Emulated µs since the end of the warm start, where the clock begins; nil during it, and where
    /// there is no clock.
    public var emulatedUs: Double?
    public var loss: Double

    public init(step: Int, emulatedUs: Double? = nil, loss: Double) {
        self.step = step
        self.emulatedUs = emulatedUs
        self.loss = loss
    }
}
