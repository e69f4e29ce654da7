// What a run will do, validated: Configuration makes it, everything else reads it.

/// The resolved, validated configuration of a run.
public struct ClusterPlan: Hashable, Sendable {
    public var preset: Preset
    /// Servers.
    public var nodes: Int
    public var npusPerNode: Int
    public var dilation: DilationChoice
    public var links: LinkSettings
    public var parallel: ParallelDegrees
    public var model: ModelShape
    public var workload: Workload
    public var routing: RoutingSettings
    public var exchange: ExchangeSettings

    public init(
        preset: Preset,
        nodes: Int,
        npusPerNode: Int,
        dilation: DilationChoice,
        links: LinkSettings,
        parallel: ParallelDegrees,
        model: ModelShape,
        workload: Workload,
        routing: RoutingSettings,
        exchange: ExchangeSettings
    ) {
        self.preset = preset
        self.nodes = nodes
        self.npusPerNode = npusPerNode
        self.dilation = dilation
        self.links = links
        self.parallel = parallel
        self.model = model
        self.workload = workload
        self.routing = routing
        self.exchange = exchange
    }

    /// The number of NPUs, and so of workers.
    public var world: Int { nodes * npusPerNode }
}

/// How emulated durations are stretched.
public enum DilationChoice: Hashable, Sendable {
    /// Found from a probe of the host at start.
    case auto
    /// As the user says, at least 1.
    case fixed(Double)
}

/// Degrees of tensor, expert and data parallelism; their product is the world.
public struct ParallelDegrees: Hashable, Sendable {
    public var tp: Int
    public var ep: Int
    public var dp: Int

    public init(tp: Int, ep: Int, dp: Int) {
        self.tp = tp
        self.ep = ep
        self.dp = dp
    }
}

/// The type of an activation on the wire.
public enum ElementType: String, Sendable, Codable, CaseIterable {
    case bf16
    case fp16
    case fp32

    public var bytes: Int {
        switch self {
        case .bf16, .fp16: 2
        case .fp32: 4
        }
    }
}

/// The emulated MoE model.
public struct ModelShape: Hashable, Sendable {
    /// Width of an activation, in elements.
    public var hidden: Int
    /// Inner width of an expert, in elements.
    public var ffn: Int
    /// Experts of one MoE layer, over the whole expert-parallel group.
    public var experts: Int
    /// MoE layers, each with its exchanges.
    public var layers: Int
    public var dtype: ElementType
    /// The share of an NPU's peak that an expert reaches, in (0, 1].
    public var utilisation: Double
    /// Peak of one NPU, in floating-point operations a second.
    public var peakFlops: Double

    public init(
        hidden: Int,
        ffn: Int,
        experts: Int,
        layers: Int,
        dtype: ElementType,
        utilisation: Double,
        peakFlops: Double
    ) {
        self.hidden = hidden
        self.ffn = ffn
        self.experts = experts
        self.layers = layers
        self.dtype = dtype
        self.utilisation = utilisation
        self.peakFlops = peakFlops
    }

    /// Bytes of one token's activation.
    public var tokenBytes: ByteCount { ByteCount(hidden * dtype.bytes) }

    /// Modelled time of an NPU for `flops` floating-point operations.
    public func computeTime(flops: Double) -> Interval {
        Interval(seconds: flops / (peakFlops * utilisation))
    }

    /// Modelled time of an NPU whose experts compute `tokens` tokens (slots, if padded): a
    /// Mixtral expert has three matrices of hidden x ffn, 6 x hidden x ffn operations a token.
    public func expertTime(tokens: Int) -> Interval {
        computeTime(flops: 6 * Double(hidden) * Double(ffn) * Double(tokens))
    }
}

/// Which tokens a rank reads.
public enum Sharding: String, Sendable, Codable, CaseIterable {
    /// Every rank draws from all domains.
    case iid
    /// Each node reads its own domains.
    case domain
}

/// The tokens of a run and its length.
public struct Workload: Hashable, Sendable {
    /// A folder with features.npy, token_ids.npy and domains.npy, as the process can open it.
    public var tokens: String
    public var tokensPerNPU: Int
    public var sharding: Sharding
    /// Measured steps, after the warm-up.
    public var steps: Int
    public var warmup: Int
    public var seed: UInt64

    public init(
        tokens: String,
        tokensPerNPU: Int,
        sharding: Sharding,
        steps: Int,
        warmup: Int,
        seed: UInt64
    ) {
        self.tokens = tokens
        self.tokensPerNPU = tokensPerNPU
        self.sharding = sharding
        self.steps = steps
        self.warmup = warmup
        self.seed = seed
    }
}

/// The routers this version knows, by their names in a configuration.
public enum RouterName: String, Sendable, Codable, CaseIterable {
    case `switch`
    case hash
    case locmoe
    case locmoePlus = "locmoe+"
}

/// Which half of LocMoE+ truncates an expert's tokens.
public enum SelectionMode: String, Sendable, Codable, CaseIterable {
    /// Token-choice routing: the first C tokens by position.
    case tcr
    /// Expert-choice routing: the best by affinity, up to the score-sum threshold and C.
    case ecr
}

/// What happens to a (token, expert) pair that no capacity was left for.
public enum OverflowPolicy: String, Sendable, Codable, CaseIterable {
    /// The token goes through the residual unchanged, and is counted.
    case drop
    /// The token goes to the best expert that has room.
    case reroute
}

/// How tokens choose experts.
public struct RoutingSettings: Hashable, Sendable {
    public var routers: [RouterName]
    public var baseline: RouterName
    /// Experts a token chooses (k).
    public var topK: Int
    /// cf of `C = ceil(k s / n x cf)`.
    public var capacityFactor: Double
    /// C_min of LocMoE+: an expert with any candidate keeps at least this many.
    public var capacityFloor: Int
    /// τ of LocMoE+, the share of an expert's positive affinity sum it keeps, in (0, 1].
    public var threshold: Double
    public var mode: SelectionMode
    public var policy: OverflowPolicy

    public init(
        routers: [RouterName],
        baseline: RouterName,
        topK: Int,
        capacityFactor: Double,
        capacityFloor: Int,
        threshold: Double,
        mode: SelectionMode,
        policy: OverflowPolicy
    ) {
        self.routers = routers
        self.baseline = baseline
        self.topK = topK
        self.capacityFactor = capacityFactor
        self.capacityFloor = capacityFloor
        self.threshold = threshold
        self.mode = mode
        self.policy = policy
    }
}

/// What travels for an expert.
public enum PayloadLayout: String, Sendable, Codable, CaseIterable {
    /// True counts travel and are computed (alltoallv).
    case exact
    /// Drop-and-pad: all C slots of every expert travel and are computed, full or not.
    case padded
}

/// In which order and by which way bytes travel.
public enum ExchangeAlgorithm: String, Sendable, Codable, CaseIterable {
    /// The best of those built, here `direct`.
    case auto
    /// From every rank to every other at once, destinations in rotated order.
    case direct
}

/// How an exchange is played.
public struct ExchangeSettings: Hashable, Sendable {
    public var algorithm: ExchangeAlgorithm
    public var layout: PayloadLayout
    /// The most payload of one frame.
    public var chunk: ByteCount

    public init(algorithm: ExchangeAlgorithm, layout: PayloadLayout, chunk: ByteCount) {
        self.algorithm = algorithm
        self.layout = layout
        self.chunk = chunk
    }
}
