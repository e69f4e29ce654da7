import ClusterModel
import Routing

/// One rank's pass through the model in one step, cut where the exchanges are.
///
/// Forward, for each layer: `tokens` (for the router), `dispatch`, *exchange*, experts,
/// *exchange*, `combine`. Then `turn`, which takes the loss. Back, from the last layer to the
/// first: `combineBackward`, *exchange*, experts, *exchange*, `dispatchBackward`. At the end
/// `finish`, and `gradient` is complete. It is a value: it knows neither exchanges nor experts.
public struct RankPass: Hashable, Sendable {
    public let batch: SequenceBatch
    /// The sum of the tokens' losses, in nats, once `turn` was called.
    public var loss: Double { tokenLosses.reduce(0, +) }
    /// The loss of each token, 0 where it has no target, once `turn` was called.
    public private(set) var tokenLosses: [Double] = []
    /// What this rank adds to the gradient of the dense parameters.
    public private(set) var gradient: DenseModel
    private let weight: Double
    private let embedded: Matrix
    private let block: ResidualBlock.Cache
    /// h on the way forward, its gradient on the way back.
    private var hidden: Matrix
    private var layers: [LayerPass] = []

    /// Embeds, convolves, and goes through the residual block.
    ///
    /// - Parameters:
    ///   - model: the dense parameters.
    ///   - batch: what the rank reads.
    ///   - weight: 1/ranks: the loss is the mean over ranks of their mean losses.
    public init(_ model: DenseModel, batch: SequenceBatch, weight: Double) {
        self.batch = batch
        self.weight = weight
        gradient = model.zeros
        embedded = model.embedding.forward(batch.classes)
        (hidden, block) = model.block.forward(model.convolution.forward(embedded))
    }

    /// Enters a layer: what its router decides on.
    public mutating func tokens(layer: Int, _ model: DenseModel) -> TokenBatch {
        invariant(layers.count == layer, "layer \(layer) entered after \(layers.count) layers")
        let before = layers.last?.gate
        layers.append(
            LayerPass(
                model.layers[layer],
                hidden: hidden,
                before: before,
                unit: model.recurrence
            )
        )
        // Where one router decides for all layers, it sees the first layer's tokens.
        let seen = model.layers[layer].gate.kind == .preGated ? layers[0].u : layers[layer].u
        return TokenBatch(
            width: seen.columns,
            features: seen.values,
            tokenIDs: batch.classes.map(UInt32.init),
            domains: batch.domains,
            routerState: before?.memory?.next.values ?? [],
            label: batch.label
        )
    }

    /// What the router's losses were, without their factors; an allocator's are known after `turn`
    /// or `measure`.
    public func routerLosses(layer: Int) -> RouterLosses.Values { layers[layer].losses }

    /// The kept tokens' rows, for the experts.
    ///
    /// - Parameters:
    ///   - layer: which layer.
    ///   - assignment: what was decided for this rank's tokens.
    ///   - losses: of the gate.
    ///   - isLocal: for each expert, whether it lives on this rank's node.
    /// - Returns: rows for all experts, [experts].
    public mutating func dispatch(
        layer: Int,
        _ assignment: Assignment,
        losses: RouterLosses,
        isLocal: [Bool]
    ) -> ExpertRows {
        layers[layer].takeLosses(losses, assignment, isLocal: isLocal, weight: weight)
        return layers[layer].dispatch(assignment)
    }

    /// Adds what came back.
    public mutating func combine(layer: Int, _ rows: ExpertRows) {
        layers[layer].combine(rows, into: &hidden)
    }

    /// The dense control in place of dispatch and combine.
    public mutating func passShared(layer: Int, _ model: DenseModel) {
        layers[layer].passShared(model.layers[layer], into: &hidden)
    }

    /// The loss alone, for held-out text.
    ///
    /// - Parameters:
    ///   - model: the dense parameters.
    ///   - costs: what an allocator takes for the tokens' losses; those of this pass if left out.
    public mutating func measure(_ model: DenseModel, costs: [Double]? = nil) {
        tokenLosses = model.head.loss(hidden, targets: batch.targets)
        takeCosts(costs ?? tokenLosses)
    }

    private mutating func takeCosts(_ costs: [Double]) {
        for layer in layers.indices { layers[layer].takeCosts(costs, targets: batch.targets) }
    }

    /// The loss, and the start of the way back.
    public mutating func turn(_ model: DenseModel) {
        (tokenLosses, hidden) = model.head.lossAndGradient(
            hidden,
            targets: batch.targets,
            scale: Float(weight / Double(max(1, batch.targetCount))),
            adding: &gradient.head
        )
        takeCosts(tokenLosses)
    }

    /// Gradients at the experts' outputs.
    public mutating func combineBackward(layer: Int) -> ExpertRows {
        layers[layer].combineBackward(hidden)
    }

    /// Takes the gradients at the experts' inputs.
    public mutating func dispatchBackward(layer: Int, _ model: DenseModel, _ rows: ExpertRows) {
        let left = layers[layer].dispatchBackward(
            rows,
            model.layers[layer],
            unit: model.recurrence,
            addingUnit: &gradient.recurrence,
            adding: &gradient.layers[layer],
            to: &hidden
        )
        if layer > 0 { layers[layer - 1].later = left }
    }

    /// The dense control's way back.
    public mutating func sharedBackward(layer: Int, _ model: DenseModel) {
        layers[layer].sharedBackward(
            model.layers[layer],
            adding: &gradient.layers[layer],
            to: &hidden
        )
    }

    /// Back through block, convolution and embedding.
    public mutating func finish(_ model: DenseModel) {
        let convolved = model.block.backward(hidden, block, adding: &gradient.block)
        let dEmbedded = model.convolution.backward(
            convolved,
            input: embedded,
            adding: &gradient.convolution
        )
        model.embedding.backward(
            dEmbedded,
            classes: batch.classes,
            adding: &gradient.embedding
        )
    }
}
