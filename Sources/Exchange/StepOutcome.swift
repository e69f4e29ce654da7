// What one step left behind, raw: measured by workers or played in virtual time. Evaluation turns
// it into figures.

import ClusterModel
import Statistics

/// One step of the whole cluster.
public struct StepOutcome: Sendable, Equatable, Codable {
    public var step: Int
    /// Index into the plan's routers.
    public var router: Int
    public var isWarmup: Bool
    /// Ranks that the run went on without.
    public var excluded: [Rank] = []
    /// Index = rank.
    public var inputs: [RankInput]
    /// What the ranks played, index = rank; empty where nobody asks any more.
    public var programs: [RankProgram] = []
    public var algorithm: AlgorithmChoice
    /// When each rank's stages ended.
    public var stageEnds: [[Instant]]
    public var lateness: LatenessHistogram
    /// How near any port came to its rate, 1 at most; 0 where nobody watched.
    public var rateShareMax = 0.0
    public var verification: Verification
    /// CRC32C of what came back to each rank.
    public var digests: [UInt32]
    public var wallNanoseconds: Int64
    /// Host time that jumps over modelled waits saved.
    public var skippedNanoseconds: Int64
    /// Share of the host's cores that was busy, 0 to 1.
    public var cpuBusy: Double
    /// Processor time of all workers together, from the appointment to the last finish.
    public var workerNanoseconds: Int64 = 0

    /// All but the programs: nobody asks for those of a step that is over.
    enum CodingKeys: String, CodingKey {
        case step, router, isWarmup, excluded, inputs, algorithm, stageEnds, lateness, rateShareMax
        case verification, digests, wallNanoseconds, skippedNanoseconds, cpuBusy
        case workerNanoseconds, segment, learned
    }

    /// What it is of a step of training.
    public var segment = StepSegment.routed
    /// What each rank has learned, index = rank; empty where nothing is trained.
    public var learned: [RankLearned] = []

    public init(
        step: Int,
        router: Int,
        isWarmup: Bool,
        inputs: [RankInput],
        algorithm: AlgorithmChoice,
        stageEnds: [[Instant]] = [],
        lateness: LatenessHistogram = LatenessHistogram(),
        verification: Verification = Verification(),
        digests: [UInt32] = [],
        wallNanoseconds: Int64 = 0,
        skippedNanoseconds: Int64 = 0,
        cpuBusy: Double = 0
    ) {
        self.step = step
        self.router = router
        self.isWarmup = isWarmup
        self.inputs = inputs
        self.algorithm = algorithm
        self.stageEnds = stageEnds
        self.lateness = lateness
        self.verification = verification
        self.digests = digests
        self.wallNanoseconds = wallNanoseconds
        self.skippedNanoseconds = skippedNanoseconds
        self.cpuBusy = cpuBusy
    }

    /// When each rank's last stage ended.
    public var finishes: [Instant] { stageEnds.map { $0.max() ?? .zero } }

    /// Bytes of the dispatch exchange.
    public var dispatch: TrafficMatrix { TrafficMatrix(rows: inputs.map(\.send)) }
}
