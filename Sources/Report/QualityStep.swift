/// One training step: its loss, and what its routers knew and decided, over all ranks.
///
/// What a layer decided by itself stands here for the first MoE layer, as in results of earlier
/// versions, and in `laterLayers` for those behind it; `layer(_:)` gives either. Controls without
/// experts offer nothing and have no capacity.
public struct QualityStep: Codable, Sendable, Equatable {
    /// Counted from 0.
    public var step: Int
    /// Emulated µs from the end of the warm start, where the clock begins, to this step's end; nil
    /// for steps of the warm start, and where there is no clock.
    public var emulatedUs: Double?
    /// Mean cross-entropy over the tokens of all ranks, in nats.
    public var trainLoss: Double
    /// (token, expert) pairs of all layers: chosen, and kept.
    public var offered: Int
    public var kept: Int
    /// Of those kept, of all layers, pairs that went to another expert than the one chosen first,
    /// which had no room (`routing.policy = "reroute"`); nil in results of earlier versions.
    public var rerouted: Int?
    /// Room of all experts of all layers for the tokens of all ranks, as C was set in this step;
    /// nil without experts, and in results of earlier versions.
    public var slots: Int?
    /// The losses on its gate; nil where it is taught by none, and in results of earlier versions.
    public var routerLosses: RouterLossRecord?
    /// Of a step on the clock: whether it is one of the warm-up, which stand in no summary of costs.
    public var isWarmup: Bool?
    /// Of the first layer, as in `QualityLayer`; nil and empty without experts.
    public var capacity: Int
    public var capacitySetBy: String?
    public var mode: String?
    public var p: [Double?]
    public var q: [Double?]
    public var delta: AffinitySummary?
    public var perExpert: [Int]
    public var chosenPerExpert: [Int]
    /// The layers behind the first; nil without any, and in results of earlier versions.
    public var laterLayers: [QualityLayer]?
    /// Payload between nodes, of all layers: dispatch and combine, forward and backward; not that
    /// of sums of gradients.
    ///
    /// Of a run, what went over the links; without links, the learned rows of kept pairs. Nil for
    /// steps of a run that were learned before its first.
    public var interNodeBytes: Int?

    /// - Parameters:
    ///   - step: counted from 0.
    ///   - emulatedUs: its end.
    ///   - trainLoss: in nats.
    ///   - offered: pairs of all layers.
    ///   - kept: of them.
    ///   - rerouted: of those.
    ///   - slots: room for them.
    ///   - routerLosses: on the gate.
    ///   - layers: what each decided, the first first; none without experts.
    ///   - interNodeBytes: payload.
    public init(
        step: Int,
        emulatedUs: Double? = nil,
        trainLoss: Double,
        offered: Int = 0,
        kept: Int = 0,
        rerouted: Int? = nil,
        slots: Int? = nil,
        routerLosses: RouterLossRecord? = nil,
        layers: [QualityLayer] = [],
        interNodeBytes: Int? = nil
    ) {
        self.step = step
        self.emulatedUs = emulatedUs
        self.trainLoss = trainLoss
        self.offered = offered
        self.kept = kept
        self.rerouted = rerouted
        self.slots = slots
        self.routerLosses = routerLosses
        let first = layers.first ?? QualityLayer(capacity: 0, perExpert: [], chosenPerExpert: [])
        (capacity, capacitySetBy, mode) = (first.capacity, first.capacitySetBy, first.mode)
        (p, q, delta) = (first.p, first.q, first.delta)
        (perExpert, chosenPerExpert) = (first.perExpert, first.chosenPerExpert)
        laterLayers = layers.count > 1 ? Array(layers.dropFirst()) : nil
        self.interNodeBytes = interNodeBytes
    }

    /// How many layers it knows of; 0 without experts.
    public var layerCount: Int { perExpert.isEmpty ? 0 : 1 + (laterLayers?.count ?? 0) }

    /// What a layer decided; nil without experts, and behind the last layer that is known.
    public func layer(_ index: Int) -> QualityLayer? {
        guard index < layerCount else { return nil }
        guard index == 0 else { return laterLayers?[index - 1] }
        return QualityLayer(
            capacity: capacity,
            capacitySetBy: capacitySetBy,
            mode: mode,
            p: p,
            q: q,
            delta: delta,
            perExpert: perExpert,
            chosenPerExpert: chosenPerExpert
        )
    }

    /// What each layer's router knew and decided.
    public var layers: [QualityLayer] { (0..<layerCount).compactMap(layer) }
}
