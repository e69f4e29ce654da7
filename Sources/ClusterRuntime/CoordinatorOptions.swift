import ClusterModel
import Membership

/// How a cluster is run on this host, apart from what it is.
public struct CoordinatorOptions: Sendable {
    /// The worker's program.
    public var workerPath: String
    /// Host time over emulated time.
    public var dilation: Double
    /// No link model: the bare engine.
    public var unshaped: Bool
    /// Jump over modelled waits.
    public var fastForward: Bool
    /// Where workers' own messages go.
    public var logDescriptor: Int32
    public var bounds: CoordinatorBounds

    public init(
        workerPath: String,
        dilation: Double,
        unshaped: Bool = false,
        fastForward: Bool = true,
        logDescriptor: Int32,
        bounds: CoordinatorBounds = .standard
    ) {
        self.workerPath = workerPath
        self.dilation = dilation
        self.unshaped = unshaped
        self.fastForward = fastForward
        self.logDescriptor = logDescriptor
        self.bounds = bounds
    }
}

/// Host times by which chunks are paced, for a number of workers.
struct HostPacing {
    /// How long before its departure a chunk may go to its socket.
    let window: Int64
    /// How long after all are ready a step is appointed.
    let lead: Int64
    /// What a jump leaves before the wake-up it jumps to, beside the window.
    let margin: Int64
    /// How far a late host may catch up.
    let catchUp: Int64 = 2_000_000

    /// More workers share the same cores: each is scheduled less often.
    init(world: Int) {
        window = world <= 64 ? 8_000_000 : 30_000_000
        lead = 10_000_000 + Int64(world) * 300_000
        margin = 5_000_000 + Int64(world) * 200_000
    }
}
