/// One training run of `train`: a router, or a control, from one seed.
public struct TrainingRow: Codable, Sendable, Equatable {
    public var router: String
    public var seed: UInt64
    /// Steps done, and steps of the schedule.
    public var steps: Int
    public var stepsPlanned: Int
    public var sharding: String
    public var capacityScope: String
    /// cf; nil in files of earlier versions.
    public var capacityFactor: Double?
    /// Mean cross-entropy of the last tenth of the steps, in nats.
    public var trainLoss: Double
    /// Mean cross-entropy over the held-out text, in nats.
    public var heldOutLoss: Double
    /// On held-out text: (token, expert) pairs an expert kept, of all; none for controls.
    public var keptShare: Double?
    /// Pairs whose expert is on another node: of those chosen, and of those kept.
    public var awayChosenShare: Double?
    public var awayKeptShare: Double?
    /// Pairs that chose the busiest expert, over the mean.
    public var loadMaxOverMean: Double?
    /// Wall-clock time of a step, p50.
    public var stepWallMs: Double
    /// Of each step, in nats.
    public var lossByStep: [Double]
    /// The same and more, step by step; nil in files of earlier versions.
    public var quality: Quality?

    public init(
        router: String,
        seed: UInt64,
        steps: Int,
        stepsPlanned: Int,
        sharding: String,
        capacityScope: String,
        capacityFactor: Double? = nil,
        trainLoss: Double,
        heldOutLoss: Double,
        keptShare: Double?,
        awayChosenShare: Double?,
        awayKeptShare: Double?,
        loadMaxOverMean: Double?,
        stepWallMs: Double,
        lossByStep: [Double],
        quality: Quality? = nil
    ) {
        self.router = router
        self.seed = seed
        self.steps = steps
        self.stepsPlanned = stepsPlanned
        self.sharding = sharding
        self.capacityScope = capacityScope
        self.capacityFactor = capacityFactor
        self.trainLoss = trainLoss
        self.heldOutLoss = heldOutLoss
        self.keptShare = keptShare
        self.awayChosenShare = awayChosenShare
        self.awayKeptShare = awayKeptShare
        self.loadMaxOverMean = loadMaxOverMean
        self.stepWallMs = stepWallMs
        self.lossByStep = lossByStep
        self.quality = quality
    }
}
