// results.json, schema 1: what a run leaves behind, as values. The edge that writes it turns
// `stepTimeUs` into `step_time_us`; nothing here knows JSON. Times in µs are emulated, times in
// ms are wall-clock.

import ClusterModel

/// Everything a run reports.
public struct RunResults: Codable, Sendable, Equatable {
    public var schema = 1
    /// "moecluster 0.1.0".
    public var version: String
    /// "compare", "run" or "simulate".
    public var verb: String
    /// The run's name: its folder's last component.
    public var name: String
    /// ISO 8601, UTC.
    public var started: String
    public var seed: UInt64
    /// "finished", or why not: "interrupted", "failed: worker 3 …".
    public var outcome: String
    public var plan: [PlanEntry]
    public var host: Host
    public var clock: Clock
    public var routers: [RouterResults]
    public var fidelity: Fidelity
    /// Left for fault injection: empty without faults.
    public var faults: [FaultRecord] = []
    public var survival: Survival
    public var leaks: Leaks
    public var refusals: Refusals

    public init(
        version: String,
        verb: String,
        name: String,
        started: String,
        seed: UInt64,
        outcome: String,
        plan: [PlanEntry],
        host: Host,
        clock: Clock,
        routers: [RouterResults],
        fidelity: Fidelity,
        survival: Survival,
        leaks: Leaks,
        refusals: Refusals
    ) {
        self.version = version
        self.verb = verb
        self.name = name
        self.started = started
        self.seed = seed
        self.outcome = outcome
        self.plan = plan
        self.host = host
        self.clock = clock
        self.routers = routers
        self.fidelity = fidelity
        self.survival = survival
        self.leaks = leaks
        self.refusals = refusals
    }
}

/// The machine a run was measured on.
public struct Host: Codable, Sendable, Equatable {
    public var cores: Int
    /// Bytes.
    public var memory: Int
    public var kernel: String
    /// Bytes a second through loopback sockets, all cores together; 0 in a simulation.
    public var loopbackBytesPerSecond: Double

    public init(cores: Int, memory: Int, kernel: String, loopbackBytesPerSecond: Double) {
        self.cores = cores
        self.memory = memory
        self.kernel = kernel
        self.loopbackBytesPerSecond = loopbackBytesPerSecond
    }
}

/// How emulated and wall-clock time relate, and what each figure rests on.
public struct Clock: Codable, Sendable, Equatable {
    public var dilation: Double
    public var reason: String
    public var measured: [String]
    public var modelled: [String]
    public var offTheClock: [String]
    /// Wall-clock ms of all steps, as they took with fast-forward.
    public var wallMs: Double
    /// Wall-clock ms that fast-forward saved.
    public var skippedMs: Double
    /// Wall-clock ms from launch until the mesh stood.
    public var launchMs: Double

    public init(
        dilation: Double,
        reason: String,
        measured: [String],
        modelled: [String],
        offTheClock: [String],
        wallMs: Double,
        skippedMs: Double,
        launchMs: Double
    ) {
        self.dilation = dilation
        self.reason = reason
        self.measured = measured
        self.modelled = modelled
        self.offTheClock = offTheClock
        self.wallMs = wallMs
        self.skippedMs = skippedMs
        self.launchMs = launchMs
    }
}

/// Quantiles of a sample, with the sample itself; unit in the property's name.
public struct SampleSummary: Codable, Sendable, Equatable {
    public var p50: Double
    public var p90: Double
    public var p99: Double
    public var mean: Double
    public var samples: [Double]

    public init(p50: Double, p90: Double, p99: Double, mean: Double, samples: [Double]) {
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.mean = mean
        self.samples = samples
    }
}

/// What one router cost and did.
public struct RouterResults: Codable, Sendable, Equatable {
    public var name: String
    /// Measured steps in these figures.
    public var steps: Int
    public var stepTimeUs: SampleSummary
    public var phasesUs: Phases
    /// (dispatch + combine) / step, medians.
    public var alltoallShare: Double
    /// Of all measured steps together, both exchanges, payload only.
    public var bytes: BytesByReach
    public var tokens: TokenCounts
    public var imbalance: ImbalanceMeasures
    public var memoryBytes: MemoryBytes
    /// Of the dispatch exchange, p50 over steps.
    public var boundUs: BoundsUs
    /// `boundUs.direct` / p50 of the measured dispatch exchange (its slowest rank).
    public var efficiency: Double
    /// p50 of the step time in virtual time, from the same plan and tokens.
    public var simulatedUs: Double
    /// Simulated step times, a sample for each of `stepTimeUs.samples`.
    public var simulatedSamples: [Double]
    /// p50 over steps of measured all-to-all (dispatch + combine) against simulated, as a share.
    public var alltoallError: Double
    public var verified: Verified
    public var versusBaseline: VersusBaseline
    /// Bytes of both exchanges from rank (row) to rank (column), over the measured steps.
    public var traffic: [[Int]]
    /// Left for training: absent without it.
    public var quality: Quality?

    public init(
        name: String,
        steps: Int,
        stepTimeUs: SampleSummary,
        phasesUs: Phases,
        alltoallShare: Double,
        bytes: BytesByReach,
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
        quality: Quality? = nil
    ) {
        self.name = name
        self.steps = steps
        self.stepTimeUs = stepTimeUs
        self.phasesUs = phasesUs
        self.alltoallShare = alltoallShare
        self.bytes = bytes
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
        self.quality = quality
    }
}

/// Emulated µs of the slowest rank's phases, p50 over steps; they add up to its step time.
public struct Phases: Codable, Sendable, Equatable {
    public var gate: Double
    public var dispatch: Double
    public var expert: Double
    /// Transfer of its own tokens on their way back, after the experts were done.
    public var combine: Double
    /// Time in which it waited for other ranks' experts, and nothing of its own could travel.
    public var wait: Double

    public init(gate: Double, dispatch: Double, expert: Double, combine: Double, wait: Double) {
        self.gate = gate
        self.dispatch = dispatch
        self.expert = expert
        self.combine = combine
        self.wait = wait
    }
}

/// Payload bytes by how far they went.
public struct BytesByReach: Codable, Sendable, Equatable {
    /// To an expert on the token's own NPU: no link crossed.
    public var local: Int
    public var intraNode: Int
    public var interNode: Int

    public init(local: Int, intraNode: Int, interNode: Int) {
        self.local = local
        self.intraNode = intraNode
        self.interNode = interNode
    }
}

/// (token, expert) pairs over the measured steps.
public struct TokenCounts: Codable, Sendable, Equatable {
    /// Pairs the routers were asked for: tokens x k.
    public var offered: Int
    /// Pairs that reached an expert.
    public var routed: Int
    /// Pairs no capacity (or no threshold) was left for: they take the residual.
    public var dropped: Int
    /// Of one step, the busiest expert (all its sources together), mean over steps.
    public var perExpertMax: Double
    public var perExpertMean: Double

    public init(
        offered: Int,
        routed: Int,
        dropped: Int,
        perExpertMax: Double,
        perExpertMean: Double
    ) {
        self.offered = offered
        self.routed = routed
        self.dropped = dropped
        self.perExpertMax = perExpertMax
        self.perExpertMean = perExpertMean
    }
}

/// How unevenly tokens fell, means over steps.
public struct ImbalanceMeasures: Codable, Sendable, Equatable {
    public var expertMaxOverMean: Double
    public var rankMaxOverMean: Double
    public var nodeMaxOverMean: Double
    /// Coefficient of variation of the experts' loads.
    public var cv: Double
    public var gini: Double
    /// Shannon entropy of the experts' loads over ln n: 1 is even.
    public var entropy: Double

    public init(
        expertMaxOverMean: Double,
        rankMaxOverMean: Double,
        nodeMaxOverMean: Double,
        cv: Double,
        gini: Double,
        entropy: Double
    ) {
        self.expertMaxOverMean = expertMaxOverMean
        self.rankMaxOverMean = rankMaxOverMean
        self.nodeMaxOverMean = nodeMaxOverMean
        self.cv = cv
        self.gini = gini
        self.entropy = entropy
    }
}

/// Memory of the emulated NPU.
public struct MemoryBytes: Codable, Sendable, Equatable {
    /// Send and receive buffers of the exchanges, the rank and step that needed most.
    public var exchangePeak: Int

    public init(exchangePeak: Int) { self.exchangePeak = exchangePeak }
}

/// Lower bounds of an exchange's time.
public struct BoundsUs: Codable, Sendable, Equatable {
    /// LB2: two tiers, each rank sends its own bytes.
    public var direct: Double
    /// LB3: bytes may be relayed through node mates.
    public var relayed: Double

    public init(direct: Double, relayed: Double) {
        self.direct = direct
        self.relayed = relayed
    }
}

/// What was checked byte for byte.
public struct Verified: Codable, Sendable, Equatable {
    /// (token, expert) pairs followed there and back.
    public var tokens: Int
    public var bytes: Int
    public var mismatches: Int

    public init(tokens: Int, bytes: Int, mismatches: Int) {
        self.tokens = tokens
        self.bytes = bytes
        self.mismatches = mismatches
    }
}

/// This router against the baseline on identical tokens.
public struct VersusBaseline: Codable, Sendable, Equatable {
    /// Mean over paired steps of step time / the baseline's.
    public var stepTimeRatio: Double
    /// 95 % interval of that mean (Student's t over paired steps), two values.
    public var ci95: [Double]
    public var interNodeBytesRatio: Double

    public init(stepTimeRatio: Double, ci95: [Double], interNodeBytesRatio: Double) {
        self.stepTimeRatio = stepTimeRatio
        self.ci95 = ci95
        self.interNodeBytesRatio = interNodeBytesRatio
    }
}

/// Model quality, once routers are trained.
public struct Quality: Codable, Sendable, Equatable {
    public var trainLoss: Double
    public var heldOutLoss: Double
}

/// How far the emulation can be believed.
public struct Fidelity: Codable, Sendable, Equatable {
    /// "trusted", "suspect", or "simulated" where nothing was measured.
    public var verdict: String
    /// Actual minus modelled delivery of every chunk.
    public var latenessUs: LatenessUs
    /// p99 lateness over the median dispatch time.
    public var latenessShareP99: Double
    /// Busy share of the host's cores while steps ran, 0 to 1.
    public var cpuBusy: Double
    /// Why suspect, and what to try; empty when trusted.
    public var advice: String
    /// Chunks whose lateness was recorded.
    public var chunks: Int
    /// Counts of chunks by lateness: upper edge in µs (the last one the maximum) and count.
    public var histogram: [HistogramBin]

    public init(
        verdict: String,
        latenessUs: LatenessUs,
        latenessShareP99: Double,
        cpuBusy: Double,
        advice: String,
        chunks: Int,
        histogram: [HistogramBin]
    ) {
        self.verdict = verdict
        self.latenessUs = latenessUs
        self.latenessShareP99 = latenessShareP99
        self.cpuBusy = cpuBusy
        self.advice = advice
        self.chunks = chunks
        self.histogram = histogram
    }
}

public struct LatenessUs: Codable, Sendable, Equatable {
    public var p50: Double
    public var p99: Double
    public var max: Double

    public init(p50: Double, p99: Double, max: Double) {
        self.p50 = p50
        self.p99 = p99
        self.max = max
    }
}

public struct HistogramBin: Codable, Sendable, Equatable {
    public var upToUs: Double
    public var count: Int

    public init(upToUs: Double, count: Int) {
        self.upToUs = upToUs
        self.count = count
    }
}

/// Left for fault injection.
public struct FaultRecord: Codable, Sendable, Equatable {
    public var id: Int
    public var kind: String
}

/// What became of the tokens.
public struct Survival: Codable, Sendable, Equatable {
    /// "unhurt" without faults.
    public var verdict: String
    public var tokensLost: Int
    public var tokensDuplicated: Int

    public init(verdict: String, tokensLost: Int, tokensDuplicated: Int) {
        self.verdict = verdict
        self.tokensLost = tokensLost
        self.tokensDuplicated = tokensDuplicated
    }
}

/// What a run left behind on the host: all 0 is good.
public struct Leaks: Codable, Sendable, Equatable {
    public var processes: Int
    public var sockets: Int
    public var sharedMemory: Int

    public init(processes: Int, sockets: Int, sharedMemory: Int) {
        self.processes = processes
        self.sockets = sockets
        self.sharedMemory = sharedMemory
    }
}

/// Connections that were not ours, refused and counted.
public struct Refusals: Codable, Sendable, Equatable {
    public var connections: Int
    /// One line a reason, with its count.
    public var reasons: [String]

    public init(connections: Int, reasons: [String]) {
        self.connections = connections
        self.reasons = reasons
    }
}
