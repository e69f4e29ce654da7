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
    public var training: TrainingPlan

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
        exchange: ExchangeSettings,
        training: TrainingPlan = TrainingPlan()
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
        self.training = training
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
