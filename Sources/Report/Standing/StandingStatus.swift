// What `moecluster status` tells of a cluster that stands. Times in µs are emulated, others wall-clock.

/// A standing cluster as it is.
public struct StandingStatus: Codable, Sendable, Equatable {
    /// The run's folder, as the cluster knows it.
    public var folder: String
    /// The coordinator's process.
    public var coordinator: Int
    /// "launching", "resting", "stepping" or "ending".
    public var state: String
    public var router: String
    public var nodes: Int
    public var npusPerNode: Int
    public var dilation: Double
    /// Seconds since the mesh stood.
    public var uptimeS: Double
    /// Seconds until its time is over.
    public var endsInS: Double
    /// Steps that have ended well, warm-up included.
    public var steps: Int
    /// It plays so many at most.
    public var stepsMax: Int
    /// The first step that has not begun: when a fault without a moment comes.
    public var nextStep: Int
    /// Measured steps in the figures below: the last ones.
    public var samples: Int
    public var lastStepUs: Double?
    public var stepP50Us: Double?
    /// Tokens offered over the emulated time, and over the wall-clock time, of these steps; pauses
    /// between steps do not count.
    public var emulatedTokensPerS: Double?
    public var wallTokensPerS: Double?
    public var ranks: [RankStatus]
    public var faults: [FaultRecord]
    /// If nothing more happened.
    public var survival: Survival
    /// Of these steps.
    public var fidelity: String
    /// Why suspect, and what to try; empty when trusted.
    public var advice: String

    public init(
        folder: String,
        coordinator: Int,
        state: String,
        router: String,
        nodes: Int,
        npusPerNode: Int,
        dilation: Double,
        uptimeS: Double,
        endsInS: Double,
        steps: Int,
        stepsMax: Int,
        nextStep: Int,
        samples: Int,
        lastStepUs: Double?,
        stepP50Us: Double?,
        emulatedTokensPerS: Double?,
        wallTokensPerS: Double?,
        ranks: [RankStatus],
        faults: [FaultRecord],
        survival: Survival,
        fidelity: String,
        advice: String
    ) {
        self.folder = folder
        self.coordinator = coordinator
        self.state = state
        self.router = router
        self.nodes = nodes
        self.npusPerNode = npusPerNode
        self.dilation = dilation
        self.uptimeS = uptimeS
        self.endsInS = endsInS
        self.steps = steps
        self.stepsMax = stepsMax
        self.nextStep = nextStep
        self.samples = samples
        self.lastStepUs = lastStepUs
        self.stepP50Us = stepP50Us
        self.emulatedTokensPerS = emulatedTokensPerS
        self.wallTokensPerS = wallTokensPerS
        self.ranks = ranks
        self.faults = faults
        self.survival = survival
        self.fidelity = fidelity
        self.advice = advice
    }
}

/// One rank's worker.
public struct RankStatus: Codable, Sendable, Equatable {
    public var rank: Int
    /// `nil` if there is no process.
    public var process: Int?
    /// "up", "joining", "gone" or "excluded".
    public var state: String
    /// How often it was started again and joined.
    public var restarts: Int

    public init(rank: Int, process: Int?, state: String, restarts: Int) {
        self.rank = rank
        self.process = process
        self.state = state
        self.restarts = restarts
    }
}
