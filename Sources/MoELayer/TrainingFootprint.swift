import ClusterModel

/// What learning takes of a process's memory: an estimate, made before anything is learned.
///
/// All is float32. A parameter has its gradient and what the optimizer keeps of it; a token has its
/// activations until the way back. Counted are the big ones: rows of the model's width, of an
/// expert's inside, and of the head's classes.
public struct TrainingFootprint: Hashable, Sendable {
    /// Bytes for as long as a run lasts, and those beside them while a step is under way.
    public struct Share: Hashable, Sendable {
        public var kept: Int
        public var underWay: Int
    }

    /// Of one rank: the dense parameters, its experts, its tokens.
    public let rank: Share
    /// Of a process in which all ranks learn: the dense parameters once, the experts once for each
    /// data-parallel replica, the tokens of all ranks and their gradients before they are summed.
    public let local: Share
    /// Of a rank when it begins: the state of all ranks, as it comes and as it is taken from.
    public let start: Int

    private static let valueBytes = 4
    /// Rows of the model's width that a token has outside the layers, and in each of them: inputs,
    /// outputs and what their ways back need.
    private static let outerRows = 10
    private static let layerRows = 8
    /// In a layer for each of its rows at an expert: input, output, twice its inside (2d), and the
    /// same rows as they are gathered and handed back.
    private static let expertRows = 10

    public init(_ settings: TrainingSettings) {
        let layout = settings.layout
        let shape = settings.dimensions
        let dense = DenseModel(shape, seed: 0).parameterCount
        // Experts have as many parameters each: one stands for all.
        let one = ExpertBank(shape, experts: 0..<1, seed: 0).parameterCount
        let banks = one * layout.experts * layout.parallel.dp
        let moments = settings.optimizer == .adam ? 2 : 1
        let tokens = Self.tokenBytes(settings)
        // What is held of a parameter: itself, its gradient, its moments.
        let held = (2 + moments) * Self.valueBytes
        rank = Share(kept: (dense + one * layout.expertsPerRank) * held, underWay: tokens)
        local = Share(
            kept: (dense + banks) * held,
            underWay: layout.world * (tokens + dense * Self.valueBytes)
        )
        start = 2 * (dense + banks) * (1 + moments) * Self.valueBytes
    }

    /// Of a rank's tokens in a step.
    private static func tokenBytes(_ settings: TrainingSettings) -> Int {
        let perLayer = layerRows + settings.routing.pairsPerTokenMax * expertRows
        // Logits and their gradients.
        let values =
            (outerRows + settings.layers * perLayer) * settings.width + 2 * settings.vocabulary
        return settings.tokensPerRank * values * valueBytes
    }
}
