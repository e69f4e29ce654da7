import ClusterModel
import Exchange
import Routing

/// Training on one rank of a cluster: its copy of the dense parameters, its experts, its text.
///
/// A step goes: `begin`; for each layer `counts`, *sum over ranks* and `adapt` where LocMoE+ adapts,
/// `decide`, `dispatch`, *exchange*, `experts`, *exchange*, `combine`; `turn`; from the last layer to
/// the first `combineBackward`, *exchange*, `expertsBackward`, *exchange*, `dispatchBackward`;
/// `finish`; the sums of the gradients; `update`. What all ranks compute together is what
/// `LocalTraining` computes, bit for bit.
/// Nothing that lasts changes before `update`, so a step that failed can begin again.
public struct RankTraining: Sendable {
    public let rank: Rank
    public private(set) var model: DenseModel
    public private(set) var bank: ExpertBank
    /// Steps done.
    public private(set) var step: Int
    /// LocMoE+'s machine in each layer, where it adapts, the same on all ranks; else none.
    public private(set) var modes: [AdaptiveMode]
    /// The machines as this step has moved them, and what holds in it.
    private var movedModes: [AdaptiveMode] = []
    private var decisions: [Int: AdaptiveMode.Decision] = [:]
    /// What faults do to experts in this step.
    private var hurts: [ExpertHurt] = []
    /// What the router of the layer under way decides on.
    private var entered: (layer: Int, tokens: TokenBatch)?
    private var modelOptimizer: Optimizer
    private var bankOptimizer: Optimizer
    private let recipes: [RouterRecipe]
    private let losses: RouterLosses
    private let schedule: LearningRateSchedule
    private let layout: RankLayout
    /// 1/ranks that take part: the loss is the mean over them.
    private let weight: Double
    private let isLocal: [Bool]
    private var pass: RankPass?
    /// Of each layer's parts, [layers][parts].
    private var caches: [[ExpertBank.Cache]] = []
    private var bankGradient: ExpertBank
    /// What was decided for its tokens, by layer.
    public private(set) var assignments: [Assignment] = []

    init(
        rank: Rank,
        state: TrainingState,
        placement: ExpertPlacement,
        recipes: [RouterRecipe],
        losses: RouterLosses,
        schedule: LearningRateSchedule
    ) {
        self.rank = rank
        layout = placement.layout
        weight = 1 / Double(placement.members.count)
        self.recipes = recipes
        self.losses = losses
        self.schedule = schedule
        model = state.model
        (bank, bankOptimizer) = state.experts(on: rank, placement)
        bankGradient = bank.zeros
        modelOptimizer = state.modelOptimizer
        step = state.step
        modes = state.modes
        isLocal = (0..<layout.experts).map { [layout] in
            layout.areOnOneNode(placement.home(of: ExpertIndex($0), for: rank), rank)
        }
    }

    /// d, the values of a row.
    public var width: Int { model.shape.width }
    public var layers: Int { model.layers.count }

    public var denseCount: Int { model.parameterCount }
    /// Parameters of one expert in one layer.
    public var expertCount: Int { bank.expertCount }

    /// The sum of the tokens' losses in nats, and how many there are; of the last `turn`.
    public private(set) var lastLoss: (sum: Double, tokens: Int) = (0, 0)

    /// Forgets a step that was begun, and begins one, in which faults do this to experts.
    public mutating func begin(_ batch: SequenceBatch, hurts: [ExpertHurt] = []) {
        self.hurts = hurts
        pass = RankPass(model, batch: batch, weight: weight)
        caches = []
        assignments = []
        bankGradient = bank.zeros
        movedModes = modes
        decisions = [:]
        entered = nil
    }

    // MARK: Forward

    /// What a layer's router decides on.
    private mutating func enter(_ layer: Int) -> TokenBatch {
        if let entered, entered.layer == layer { return entered.tokens }
        let tokens = withPass { $0.tokens(layer: layer, $1.model) }
        entered = (layer, tokens)
        return tokens
    }

    private func router(_ layer: Int) -> any Router {
        recipes[layer].router(layer: layer, of: model)
    }

    /// K of what ranks count; nil where nothing adapts.
    public var countedClasses: Int? {
        recipes.first?.adaptation?.classes.count(experts: layout.experts)
    }

    /// This rank's part of what mode and C of a layer rest on; nil where nothing adapts.
    public mutating func counts(layer: Int) -> ResonanceCounts? {
        guard modes.indices.contains(layer) else { return nil }
        return recipes[layer].counts(of: enter(layer), router(layer))
    }

    /// Takes the counts of all ranks: the mode and C that follow hold for this very step.
    public mutating func adapt(layer: Int, to counts: ResonanceCounts) {
        invariant(modes.indices.contains(layer), "counts for layer \(layer), which adapts to none")
        decisions[layer] = movedModes[layer].advance(counts.resonance)
    }

    /// What its router decides about its tokens alone.
    public mutating func decide(layer: Int) -> Assignment {
        let decided = assign(layer)
        guard !hurts.isEmpty else { return decided }
        return recipes[layer].changed(decided, by: hurts, label: label(layer))
    }

    private mutating func assign(_ layer: Int) -> Assignment {
        let tokens = enter(layer)
        return recipes[layer].held(router(layer), decisions[layer]).assign(tokens)
    }

    private func label(_ layer: Int) -> UInt64 {
        RouterRecipe.label(
            step: step,
            layer: layer,
            of: layers,
            rank: rank,
            world: layout.world
        )
    }

    /// The pairs that its tokens offer where slots are pooled over ranks.
    public mutating func candidates(layer: Int) -> [Assignment.Pair] {
        let decided = assign(layer)
        guard !hurts.isEmpty else { return decided.pairs }
        return recipes[layer].offered(decided, by: hurts, label: label(layer))
    }

    /// Who admits in a layer; nil where each rank decides alone.
    public func admission(layer: Int) -> PooledAdmission? {
        guard recipes.indices.contains(layer) else { return nil }
        return recipes[layer].admission(holding: decisions[layer], hurts: hurts)
    }

    /// FLOPs of a layer's router for a token of the emulated hidden size.
    public func gateFlopsPerToken(layer: Int, hidden: Int) -> Double {
        router(layer).gateFlopsPerToken(hidden: hidden)
    }

    /// The rows of the kept tokens for all experts.
    public mutating func dispatch(layer: Int, _ assignment: Assignment) -> ExpertRows {
        assignments.append(assignment)
        return withPass {
            $0.dispatch(layer: layer, assignment, losses: $1.losses, isLocal: $1.isLocal)
        }
    }

    /// From the rows that came from each source to its answers; of a pipelined exchange for each
    /// part, in their order.
    public mutating func experts(
        layer: Int,
        part: Int = 0,
        _ sources: [ExpertRows]
    ) -> [ExpertRows] {
        if part == 0 { caches.append([]) }
        invariant(
            caches.count == layer + 1 && caches[layer].count == part,
            "part \(part) of layer \(layer) after \(caches.map(\.count)) parts of layers"
        )
        let (rows, cache) = bank.forward(
            layer: layer,
            rows: ExpertRows.gather(sources, width: width)
        )
        caches[layer].append(cache)
        return ExpertRows.scatter(rows, counts: sources.map(\.counts), width: width)
    }

    /// Adds what came back.
    public mutating func combine(layer: Int, _ rows: ExpertRows) {
        withPass { pass, _ in pass.combine(layer: layer, rows) }
    }

    /// Takes the loss.
    public mutating func turn() {
        lastLoss = withPass {
            $0.turn($1.model)
            return ($0.loss, $0.batch.targetCount)
        }
    }

    // MARK: Back

    /// Gradients at the experts' outputs, for all experts.
    public mutating func combineBackward(layer: Int) -> ExpertRows {
        withPass { pass, _ in pass.combineBackward(layer: layer) }
    }

    /// From gradients at the outputs of its experts to those at their inputs, for each source; of a
    /// pipelined exchange for each part, in their order.
    public mutating func expertsBackward(
        layer: Int,
        part: Int = 0,
        _ sources: [ExpertRows]
    ) -> [ExpertRows] {
        let rows = bank.backward(
            layer: layer,
            rows: ExpertRows.gather(sources, width: width),
            caches[layer][part],
            adding: &bankGradient
        )
        return ExpertRows.scatter(rows, counts: sources.map(\.counts), width: width)
    }

    /// Takes the gradients at the experts' inputs.
    public mutating func dispatchBackward(layer: Int, _ rows: ExpertRows) {
        withPass { $0.dispatchBackward(layer: layer, $1.model, rows) }
    }

    /// Back through what lies before the first layer; the gradients are complete.
    public mutating func finish() { withPass { $0.finish($1.model) } }

    /// What this rank adds to the gradient of the dense parameters.
    public var denseGradient: [Float] { pass?.gradient.flattened ?? [] }
    /// The gradient of its experts.
    public var expertGradient: [Float] { bankGradient.flattened }

    /// Takes the sums over ranks, and learns.
    public mutating func update(dense: [Float], experts: [Float]) {
        let rate = schedule.rate(step: step)
        modelOptimizer.step(&model, gradient: dense, rate: rate)
        bankOptimizer.step(&bank, gradient: experts, rate: rate)
        modes = movedModes
        pass = nil
        caches = []
        entered = nil
        step += 1
    }

    private mutating func withPass<R>(_ body: (inout RankPass, Self) -> R) -> R {
        guard var pass else { fatalError("rank \(rank) is in no step") }
        // Taken out for the time being, or what it holds would be copied.
        self.pass = nil
        let result = body(&pass, self)
        self.pass = pass
        return result
    }

    // MARK: State

    /// Its parameters, for a checksum.
    public func withParameters(_ body: (UnsafeRawBufferPointer) -> Void) {
        model.flattened.withUnsafeBytes(body)
        bank.flattened.withUnsafeBytes(body)
    }
}
