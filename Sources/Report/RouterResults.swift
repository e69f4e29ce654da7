// What one router cost and did: an element of `routers` in results.json.

/// What one router cost and did.
public struct RouterResults: Codable, Sendable, Equatable {
    public var name: String
    /// Measured steps in these figures.
    public var steps: Int
    public var stepTimeUs: SampleSummary
    public var phasesUs: Phases
    /// (dispatch + combine) / step, medians.
    public var alltoallShare: Double
    /// Of all measured steps together, to experts and back, payload only.
    public var bytes: BytesByReach
    /// Of the sums over ranks beside them, of gradients and of counts; nil where nothing is summed.
    public var sumBytes: BytesByReach?
    public var tokens: TokenCounts
    public var imbalance: ImbalanceMeasures
    public var memoryBytes: MemoryBytes
    /// Of the dispatch exchange, p50 over steps.
    public var boundUs: BoundsUs
    /// Bound / p50 of the measured dispatch exchange (its slowest rank): `boundUs.relayed` where
    /// the algorithm relays, else `boundUs.direct`.
    public var efficiency: Double
    /// p50 of the step time in virtual time, from the same plan and tokens.
    public var simulatedUs: Double
    /// Simulated step times, a sample for each of `stepTimeUs.samples`.
    public var simulatedSamples: [Double]
    /// p50 over steps of measured all-to-all (dispatch + combine) against simulated, as a share.
    public var alltoallError: Double
    public var verified: Verified
    public var versusBaseline: VersusBaseline
    /// Bytes of both exchanges from rank (row) to rank (column), over the measured steps; not of
    /// sums.
    public var traffic: [[Int]]
    /// How most of its steps were exchanged, and why so.
    public var algorithm: String?
    public var algorithmReason: String?
    /// Computing and communicating as shares of the step, mean over steps and ranks.
    public var overlap: OverlapShares?
    /// Left for training: absent without it.
    public var quality: Quality?
    /// What it decided in the measured steps; of training, `quality.series` has all of its steps.
    public var decisions: Decisions?

    public init(
        name: String,
        steps: Int,
        stepTimeUs: SampleSummary,
        phasesUs: Phases,
        alltoallShare: Double,
        bytes: BytesByReach,
        sumBytes: BytesByReach? = nil,
        tokens: TokenCounts,
        imbalance: ImbalanceMeasures,
        memoryBytes: MemoryBytes,
        boundUs: BoundsUs,
        efficiency: Double,
        simulatedUs: Double,
        simulatedSamples: [Double],
        alltoallError: Double,
        verified: Verified,
        versusBaseline: VersusBaseline,
        traffic: [[Int]],
        algorithm: String? = nil,
        algorithmReason: String? = nil,
        overlap: OverlapShares? = nil,
        quality: Quality? = nil,
        decisions: Decisions? = nil
    ) {
        self.decisions = decisions
        self.name = name
        self.steps = steps
        self.stepTimeUs = stepTimeUs
        self.phasesUs = phasesUs
        self.alltoallShare = alltoallShare
        self.bytes = bytes
        self.sumBytes = sumBytes
        self.tokens = tokens
        self.imbalance = imbalance
        self.memoryBytes = memoryBytes
        self.boundUs = boundUs
        self.efficiency = efficiency
        self.simulatedUs = simulatedUs
        self.simulatedSamples = simulatedSamples
        self.alltoallError = alltoallError
        self.verified = verified
        self.versusBaseline = versusBaseline
        self.traffic = traffic
        self.algorithm = algorithm
        self.algorithmReason = algorithmReason
        self.overlap = overlap
        self.quality = quality
    }
}
