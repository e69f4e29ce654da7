/// One measured step of one router: a row of steps.csv, and what trace.json is drawn from.
public struct StepRecord: Codable, Sendable, Equatable {
    /// Counted from 0 over warm-up and measured steps.
    public var step: Int
    public var router: String
    /// Warm-up steps are recorded, but stand in no summary.
    public var isWarmup: Bool
    /// Emulated µs, last rank's finish - start.
    public var stepTimeUs: Double
    public var simulatedUs: Double
    /// The same of the two exchanges alone: slowest dispatch + combine after the last expert.
    public var alltoallUs: Double
    public var simulatedAlltoallUs: Double
    /// Of the slowest rank.
    public var phasesUs: Phases
    public var slowestRank: Int
    public var boundUs: BoundsUs
    /// To experts and back, forward and backward where routers learn.
    public var bytes: BytesByReach
    /// Of sums over ranks, of gradients and of counts; nil where nothing is summed.
    public var sumBytes: BytesByReach?
    /// Pairs; a tensor-parallel group, whose ranks hold the same tokens, counts once.
    public var offered: Int
    public var routed: Int
    public var dropped: Int
    /// Capacity of an expert for one source rank.
    public var capacity: Int
    public var latenessP99Us: Double
    public var latenessMaxUs: Double
    /// CRC32C over what came back to every rank, in rank order: equal for equal seeds.
    public var digest: String
    /// Wall-clock ms this step took, fast-forward included.
    public var wallMs: Double
    /// How its exchanges went, and why so; empty in records of earlier versions.
    public var algorithm: String?
    public var algorithmReason: String?
    /// Mean over the ranks.
    public var overlap: OverlapShares?
    /// Emulated µs from the step's start, a row for each rank.
    public var ranks: [RankTimes]
    /// Of training: mean cross-entropy of its tokens before the step's learning, in nats.
    public var trainLoss: Double?
    /// Of training: the losses on the router's gate; nil where there are none.
    public var routerLosses: RouterLossRecord?
    /// What its router knew and decided in each MoE layer, over all ranks; nil in records of earlier
    /// versions.
    public var layers: [QualityLayer]?
    /// Of all layers, pairs that went to another expert than the one chosen first, all kept.
    public var rerouted: Int?

    public init(
        step: Int,
        router: String,
        isWarmup: Bool,
        stepTimeUs: Double,
        simulatedUs: Double,
        alltoallUs: Double,
        simulatedAlltoallUs: Double,
        phasesUs: Phases,
        slowestRank: Int,
        boundUs: BoundsUs,
        bytes: BytesByReach,
        sumBytes: BytesByReach? = nil,
        offered: Int,
        routed: Int,
        dropped: Int,
        capacity: Int,
        latenessP99Us: Double,
        latenessMaxUs: Double,
        digest: String,
        wallMs: Double,
        algorithm: String? = nil,
        algorithmReason: String? = nil,
        overlap: OverlapShares? = nil,
        ranks: [RankTimes],
        trainLoss: Double? = nil,
        layers: [QualityLayer]? = nil,
        rerouted: Int? = nil
    ) {
        self.layers = layers
        self.rerouted = rerouted
        self.trainLoss = trainLoss
        self.step = step
        self.router = router
        self.isWarmup = isWarmup
        self.stepTimeUs = stepTimeUs
        self.simulatedUs = simulatedUs
        self.alltoallUs = alltoallUs
        self.simulatedAlltoallUs = simulatedAlltoallUs
        self.phasesUs = phasesUs
        self.slowestRank = slowestRank
        self.boundUs = boundUs
        self.bytes = bytes
        self.sumBytes = sumBytes
        self.offered = offered
        self.routed = routed
        self.dropped = dropped
        self.capacity = capacity
        self.latenessP99Us = latenessP99Us
        self.latenessMaxUs = latenessMaxUs
        self.digest = digest
        self.wallMs = wallMs
        self.algorithm = algorithm
        self.algorithmReason = algorithmReason
        self.overlap = overlap
        self.ranks = ranks
    }
}

/// When one rank ended its phases, in emulated µs from the step's start.
public struct RankTimes: Codable, Sendable, Equatable {
    public var gateEnd: Double
    public var dispatchEnd: Double
    public var expertEnd: Double
    public var combineEnd: Double
    /// Every stage, where there are more than those four.
    public var stages: [StageSpan]?

    public init(
        gateEnd: Double,
        dispatchEnd: Double,
        expertEnd: Double,
        combineEnd: Double,
        stages: [StageSpan]? = nil
    ) {
        self.stages = stages
        self.gateEnd = gateEnd
        self.dispatchEnd = dispatchEnd
        self.expertEnd = expertEnd
        self.combineEnd = combineEnd
    }
}
