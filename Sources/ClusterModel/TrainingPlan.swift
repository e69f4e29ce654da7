/// How gradients become steps.
public enum OptimizerKind: String, Sendable, Codable, CaseIterable {
    case adam
    /// Gradient descent with momentum 0.9.
    case momentum
}

/// Whether a dense network and none are trained beside the routers.
public enum ControlsChoice: String, Sendable, Codable, CaseIterable {
    case on
    case off
}

/// How routers learn: section `[training]`, and the text they learn from.
///
/// Symbols are those of the papers. What they leave open has its default's reason in the table of
/// the routers' documentation.
public struct TrainingPlan: Hashable, Sendable {
    /// A folder with ids.npy, as the process can open it; `nil` where nothing is trained.
    public var corpus: String?
    public var optimizer: OptimizerKind
    /// The learning rate's peak, above 0.
    public var learningRate: Double
    /// μ of the locality loss, for the routers that have one; 0 or more.
    public var locality: Double
    /// α of the auxiliary loss, for the routers that have one; 0 or more.
    public var auxiliary: Double
    /// ε, the share of the local distribution that is spread over all experts, in (0, 1].
    public var smoothing: Double
    /// The factor in front of the softmax of weights from affinities.
    public var softmaxScale: Double
    /// What activations and gradients are rounded to on the wire.
    public var wire: ElementType
    /// Steps between two looks at the held-out text; 0: only after the last step.
    public var heldOutEvery: Int
    /// The loss that routers are asked how long they took for, in nats, above 0; `nil`: the highest
    /// of their last ones.
    public var targetLoss: Double?
    /// Steps between two checkpoints, at least 1.
    public var checkpointEvery: Int
    /// How gradients are summed over ranks.
    public var allReduce: AllReduceAlgorithm
    /// Steps that routers have learned when a run's first step begins: in one process, off the
    /// clock, with the same result.
    public var warmStart: Int
    /// Whether what routers learn is shown beside what one network for all tokens learns, and none.
    public var controls: ControlsChoice

    public init(
        corpus: String? = nil,
        optimizer: OptimizerKind = .adam,
        learningRate: Double = 3e-3,
        locality: Double = 0.1,
        auxiliary: Double = 0.01,
        smoothing: Double = 0.1,
        softmaxScale: Double = 30,
        wire: ElementType = .fp32,
        heldOutEvery: Int = 0,
        targetLoss: Double? = nil,
        checkpointEvery: Int = 100,
        allReduce: AllReduceAlgorithm = .hierarchical,
        warmStart: Int = 100,
        controls: ControlsChoice = .on
    ) {
        self.allReduce = allReduce
        self.warmStart = warmStart
        self.controls = controls
        self.corpus = corpus
        self.optimizer = optimizer
        self.learningRate = learningRate
        self.locality = locality
        self.auxiliary = auxiliary
        self.smoothing = smoothing
        self.softmaxScale = softmaxScale
        self.wire = wire
        self.heldOutEvery = heldOutEvery
        self.targetLoss = targetLoss
        self.checkpointEvery = checkpointEvery
    }
}
