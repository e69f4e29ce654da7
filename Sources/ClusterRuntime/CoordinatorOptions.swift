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
    /// Files with what each router has learned, index = router; empty: they begin untrained.
    public var checkpoints: [String] = []
    /// Where workers' own messages go.
    public var logDescriptor: Int32
    /// Whether what asks this process to end is meant for the cluster: while it stands, Ctrl-C and
    /// its like end it, and after its end they are noted (`Interruption`).
    ///
    /// A process that has other things to do leaves its signals alone.
    public var takesSignals = true
    public var bounds: CoordinatorBounds
    /// What is done after a failure.
    public var recovery: RecoveryPolicy
    /// What an earlier part of the run has used of each measure's limit.
    public var used: [RecoveryMeasure: Int] = [:]
    /// Who is away from the earlier part of the run, and for how long; `nil`: there is none.
    public var rejoins: RejoinBook?
    /// The most steps whose times are remembered.
    public var pacesMax = Int.max
    /// Faults are played: chunks that come twice or out of turn are no bug of a worker's.
    public var isHurt = false

    public init(
        workerPath: String,
        dilation: Double,
        unshaped: Bool = false,
        fastForward: Bool = true,
        logDescriptor: Int32,
        bounds: CoordinatorBounds = .standard,
        recovery: RecoveryPolicy = .abort
    ) {
        self.workerPath = workerPath
        self.dilation = dilation
        self.unshaped = unshaped
        self.fastForward = fastForward
        self.logDescriptor = logDescriptor
        self.bounds = bounds
        self.recovery = recovery
    }
}
