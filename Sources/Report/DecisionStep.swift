/// What a router knew and decided in one step, over all ranks.
public struct DecisionStep: Codable, Sendable, Equatable {
    /// Counted from 0.
    public var step: Int
    /// (token, expert) pairs of all layers: chosen, and kept.
    public var offered: Int
    public var kept: Int
    /// Of those kept, pairs that went to another expert than the one chosen first; nil in results of
    /// earlier versions.
    public var rerouted: Int?
    /// Payload between nodes, of all layers; nil where no link tells.
    public var interNodeBytes: Int?
    /// Each MoE layer; none without experts.
    public var layers: [QualityLayer]

    public init(
        step: Int,
        offered: Int,
        kept: Int,
        rerouted: Int? = nil,
        interNodeBytes: Int? = nil,
        layers: [QualityLayer]
    ) {
        self.step = step
        self.offered = offered
        self.kept = kept
        self.rerouted = rerouted
        self.interNodeBytes = interNodeBytes
        self.layers = layers
    }

    /// Pairs kept, of those offered; nil where none was.
    public var keptShare: Double? { offered > 0 ? Double(kept) / Double(offered) : nil }
}

extension DecisionStep {
    /// Of a step's record; nil where it does not tell what was decided.
    public init?(_ record: StepRecord) {
        guard let layers = record.layers else { return nil }
        self.init(
            step: record.step,
            offered: layers.reduce(0) { $0 + $1.chosenPerExpert.reduce(0, +) },
            kept: layers.reduce(0) { $0 + $1.perExpert.reduce(0, +) },
            rerouted: record.rerouted,
            interNodeBytes: record.bytes.interNode,
            layers: layers
        )
    }

    /// Of a step of training.
    public init(_ step: QualityStep) {
        self.init(
            step: step.step,
            offered: step.offered,
            kept: step.kept,
            rerouted: step.rerouted,
            interNodeBytes: step.interNodeBytes,
            layers: step.layers
        )
    }
}
