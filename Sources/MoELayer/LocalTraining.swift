import ClusterModel
import Exchange
import Routing

/// Expert-parallel training with all ranks in this process.
///
/// It computes what a cluster of one process a rank computes, bit for bit: the same products of
/// the same matrices, and every sum over ranks in the order of `AllReduce`. In which order the ranks
/// get their turn makes no difference.
public struct LocalTraining: Sendable {
    public private(set) var state: TrainingState
    public let layout: RankLayout
    /// Who takes part, and who computes which experts.
    public private(set) var exchange: LocalExchange
    public let losses: RouterLosses
    public let schedule: LearningRateSchedule
    private let recipes: [RouterRecipe]
    private let allReduce: AllReduceAlgorithm
    private var isLocal: [[Bool]]
    /// How gradients are summed.
    public private(set) var sums: TrainingSums
    /// The order in which ranks get their turn within a phase; for tests.
    private var turns: [Int]

    /// What the way back through one layer needs of each rank's experts, [members][parts].
    private typealias LayerCache = [[ExpertBank.Cache]]

    /// What a step or an evaluation gave; where ranks are left out, ranks are those that take part.
    public struct Outcome: Sendable {
        /// Mean cross-entropy over the tokens of all ranks, in nats.
        public var loss: Double
        public var tally: RoutingTally
        /// Means over ranks and layers, without their factors.
        public var routerLosses: RouterLosses.Values
        /// Of each layer and rank, [layers][ranks].
        public var assignments: [[Assignment]]
        /// What would have been decided in the same layers if faults had hurt no expert, in the same
        /// order; empty where none does.
        public var unhurt: [[Assignment]] = []
        /// The pairs that each rank offered where slots are pooled, [layers][ranks]; else empty.
        public var offered: [[[Assignment.Pair]]] = []
        /// What each layer's router knew and decided, [layers].
        public var records: [RoutingRecord] = []
        /// What all ranks counted together, [layers]; empty where nothing adapts.
        public var counts: [ResonanceCounts] = []
        /// The loss of each token, [ranks][tokens], 0 where it has no target.
        public var tokenLosses: [[Double]] = []
        /// What was decided on, in the same order.
        public var tokens: [[TokenBatch]]
    }

    /// - Parameters:
    ///   - state: untrained, or from a checkpoint.
    ///   - exchange: who lives where, and what the wire carries.
    ///   - recipes: a router for each layer.
    ///   - losses: of the gates.
    ///   - schedule: of the learning rate.
    ///   - allReduce: in whose order gradients are summed.
    ///   - turns: a permutation of the ranks; their order unless set.
    public init(
        _ state: TrainingState,
        exchange: LocalExchange,
        recipes: [RouterRecipe],
        losses: RouterLosses,
        schedule: LearningRateSchedule,
        allReduce: AllReduceAlgorithm = .hierarchical,
        turns: [Int]? = nil
    ) {
        let layout = exchange.layout
        self.state = state
        self.layout = layout
        self.exchange = exchange
        self.recipes = recipes
        self.losses = losses
        self.schedule = schedule
        self.allReduce = allReduce
        sums = Self.sums(allReduce, exchange.placement, state, recipes)
        self.turns = turns ?? Array(exchange.members.indices)
        isLocal = Self.isLocal(exchange)
    }

    private static func sums(
        _ allReduce: AllReduceAlgorithm,
        _ placement: ExpertPlacement,
        _ state: TrainingState,
        _ recipes: [RouterRecipe]
    ) -> TrainingSums {
        let experts = placement.layout.experts
        return TrainingSums(
            allReduce,
            placement,
            denseCount: state.model.parameterCount,
            expertCount: state.banks[0].expertCount,
            layers: state.banks[0].layers.count,
            classes: recipes.first?.adaptation?.classes.count(experts: experts)
        )
    }

    /// Whether each expert is computed on the node of a rank, [members][experts].
    private static func isLocal(_ exchange: LocalExchange) -> [[Bool]] {
        exchange.members.map { rank in
            (0..<exchange.layout.experts).map {
                let home = exchange.placement.home(of: ExpertIndex($0), for: rank)
                return exchange.layout.areOnOneNode(home, rank)
            }
        }
    }

    /// The same run without these ranks; whom it left out before is back.
    ///
    /// Their experts are computed by others and learn on, their tokens are not there.
    public func without(_ excluded: Set<Rank>) -> LocalTraining {
        guard excluded != self.excluded else { return self }
        var other = self
        other.exchange = exchange.without(excluded)
        other.sums = Self.sums(allReduce, other.exchange.placement, state, recipes)
        other.isLocal = Self.isLocal(other.exchange)
        other.turns = Array(other.exchange.members.indices)
        return other
    }

    /// The ranks that are left out.
    public var excluded: Set<Rank> { exchange.placement.excluded }
    /// The ranks that take part, ascending.
    public var members: [Rank] { exchange.members }

    /// The same run from another state, of the same shape: after a restart, or to probe.
    public func with(_ state: TrainingState) -> LocalTraining {
        var other = self
        other.state = state
        return other
    }

    /// K of what ranks count; nil where nothing adapts.
    public var countedClasses: Int? {
        recipes.first?.adaptation?.classes.count(experts: layout.experts)
    }

    /// Whether experts admit over the tokens of all ranks.
    public var isPooled: Bool { recipes.first?.admission != nil }

    /// FLOPs of a layer's router for a token of the emulated hidden size.
    public func gateFlopsPerToken(layer: Int, hidden: Int) -> Double {
        recipes[layer].router(layer: layer, of: state.model).gateFlopsPerToken(hidden: hidden)
    }

    private var width: Int { state.model.shape.width }
    private var hasExperts: Bool {
        if case .experts = state.model.shape.mixture { true } else { false }
    }

    /// One step on a batch for each rank that takes part, in which faults do this to experts.
    public mutating func train(
        _ batches: [SequenceBatch],
        hurts: [ExpertHurt] = []
    ) -> Outcome {
        var caches: [LayerCache] = []
        var modes = state.modes
        var (passes, outcome) = forward(batches, hurts: hurts, modes: &modes, caches: &caches)
        state.modes = modes
        forEachRank { passes[$0].turn(state.model) }
        let bankGradients = backward(&passes, caches: caches, outcome.assignments)
        update(passes, bankGradients)
        takeLosses(passes, &outcome)
        return outcome
    }

    /// Losses on a batch for each rank, without learning from it.
    ///
    /// - Parameters:
    ///   - batches: what each rank that takes part reads.
    ///   - decisions: of each layer and rank, [layers][ranks], in place of the routers'; weights
    ///     remain the gates'. With them the loss is a smooth function of the parameters.
    ///   - costs: what allocators take for the losses of tokens, [ranks][tokens]; those of this
    ///     evaluation if left out.
    /// - Returns: losses, decisions and their tally.
    public func evaluate(
        _ batches: [SequenceBatch],
        following decisions: [[Assignment]]? = nil,
        costs: [[Double]]? = nil
    ) -> Outcome {
        var caches: [LayerCache] = []
        // What holds goes on to hold: held-out text moves no mode.
        var (passes, outcome) = forward(batches, following: decisions, caches: &caches)
        forEachRank { passes[$0].measure(state.model, costs: costs?[$0]) }
        takeLosses(passes, &outcome)
        return outcome
    }

    private func forEachRank(_ body: (Int) -> Void) { turns.forEach(body) }

    /// A value for each rank, computed in the order of turns.
    private func byRank<T>(_ body: (Int) -> T) -> [T] {
        var values = [T?](repeating: nil, count: turns.count)
        for rank in turns { values[rank] = body(rank) }
        return values.map { $0! }
    }

    private func takeLosses(_ passes: [RankPass], _ outcome: inout Outcome) {
        outcome.loss = Self.meanLoss(passes)
        outcome.tokenLosses = passes.map(\.tokenLosses)
        guard hasExperts else { return }
        let weight = 1 / Double(members.count * state.model.layers.count)
        for layer in state.model.layers.indices {
            for pass in passes {
                outcome.routerLosses.add(pass.routerLosses(layer: layer), weight: weight)
            }
        }
    }

    private static func meanLoss(_ passes: [RankPass]) -> Double {
        let targets = passes.reduce(0) { $0 + $1.batch.targetCount }
        return passes.reduce(0) { $0 + $1.loss } / Double(max(1, targets))
    }

    private func forward(
        _ batches: [SequenceBatch],
        following decisions: [[Assignment]]? = nil,
        hurts: [ExpertHurt] = [],
        modes: inout [AdaptiveMode],
        caches: inout [LayerCache]
    ) -> ([RankPass], Outcome) {
        let weight = 1 / Double(members.count)
        let banks = placedBanks
        var passes = byRank { RankPass(state.model, batch: batches[$0], weight: weight) }
        var outcome = Outcome(
            loss: 0,
            tally: RoutingTally(experts: layout.experts),
            routerLosses: RouterLosses.Values(),
            assignments: [],
            tokens: []
        )
        for layer in state.model.layers.indices {
            let tokens = byRank { passes[$0].tokens(layer: layer, state.model) }
            guard hasExperts else {
                forEachRank { passes[$0].passShared(layer: layer, state.model) }
                continue
            }
            let assignments =
                decisions?[layer]
                ?? decide(tokens, layer: layer, hurts, &modes, &outcome)
            caches.append(experts(&passes, layer: layer, assignments, banks))
            for (rank, assignment) in zip(members, assignments) {
                outcome.tally.count(assignment, of: rank, exchange.placement)
            }
            outcome.assignments.append(assignments)
            outcome.tokens.append(tokens)
        }
        return (passes, outcome)
    }

    private func forward(
        _ batches: [SequenceBatch],
        following decisions: [[Assignment]]?,
        caches: inout [LayerCache]
    ) -> ([RankPass], Outcome) {
        var none: [AdaptiveMode] = []
        return forward(batches, following: decisions, modes: &none, caches: &caches)
    }

    /// What a layer's router decides, and the record of it.
    ///
    /// - Parameters:
    ///   - tokens: of each rank.
    ///   - layer: which layer.
    ///   - hurts: what faults do to experts.
    ///   - modes: the layers' machines, which take the step; none where nothing is learned from.
    ///   - outcome: where the record goes.
    /// - Returns: [ranks].
    private func decide(
        _ tokens: [TokenBatch],
        layer: Int,
        _ hurts: [ExpertHurt],
        _ modes: inout [AdaptiveMode],
        _ outcome: inout Outcome
    ) -> [Assignment] {
        let recipe = recipes[layer]
        let router = recipe.router(layer: layer, of: state.model)
        // What ranks would gather from each other: counts, of which the merged value decides.
        let counts = byRank { recipe.counts(of: tokens[$0], router) }
        let merged = ResonanceCounts.merge(counts.compactMap { $0 })
        if let merged, recipe.adaptation != nil { outcome.counts.append(merged) }
        let resonance = merged?.resonance
        var decision: AdaptiveMode.Decision?
        if let resonance, modes.indices.contains(layer) {
            decision = modes[layer].advance(resonance)
        } else if let resonance, var machine = state.modes.dropFirst(layer).first {
            decision = machine.current ?? machine.advance(resonance)
        }
        let labels = members.map { label(layer, of: $0) }
        let offers = recipe.offers(
            tokens,
            router,
            holding: decision,
            hurts: hurts,
            labels: labels
        )
        if let offers { outcome.offered.append(offers.pairs) }
        let assignments =
            offers.map { recipe.admit($0, holding: decision, hurts: hurts) }
            ?? recipe.decide(tokens, router, holding: decision, hurts: hurts, labels: labels)
        if !hurts.isEmpty {
            outcome.unhurt.append(recipe.decide(tokens, router, holding: decision))
        }
        outcome.records.append(
            RoutingRecord(
                layer: layer,
                assignments,
                resonance: resonance,
                mode: recipe.mode(of: router),
                decision: decision
            )
        )
        return assignments
    }

    private func label(_ layer: Int, of rank: Rank) -> UInt64 {
        RouterRecipe.label(
            step: state.step,
            layer: layer,
            of: state.model.layers.count,
            rank: rank,
            world: layout.world
        )
    }

    /// The experts that each rank computes, [members].
    private var placedBanks: [ExpertBank] {
        members.map { state.bank(on: $0, exchange.placement) }
    }

    /// Dispatch, experts, combine.
    private func experts(
        _ passes: inout [RankPass],
        layer: Int,
        _ assignments: [Assignment],
        _ banks: [ExpertBank]
    ) -> LayerCache {
        let sent = byRank {
            passes[$0].dispatch(
                layer: layer,
                assignments[$0],
                losses: losses,
                isLocal: isLocal[$0]
            )
        }
        let arrived = exchange.toExperts(sent)
        var caches = members.map { _ in [ExpertBank.Cache]() }
        let replies = byRank { rank in
            let capacities = capacities(at: rank, assignments)
            return exchange.cut.answers(arrived[rank], capacities: capacities) { _, sources in
                let (rows, cache) = banks[rank].forward(
                    layer: layer,
                    rows: ExpertRows.gather(sources, width: width)
                )
                caches[rank].append(cache)
                return ExpertRows.scatter(rows, counts: sources.map(\.counts), width: width)
            }
        }
        let returned = exchange.toSources(replies, width: width)
        forEachRank { passes[$0].combine(layer: layer, returned[$0]) }
        return caches
    }

    /// Slots of an expert for each of the ranks whose tokens come to a rank.
    private func capacities(at place: Int, _ assignments: [Assignment]) -> [Int] {
        let places = exchange.places
        return exchange.sources(of: members[place]).map { assignments[places[$0.index]].capacity }
    }

    /// Back through layers and the rest; the gradients of the banks, [members].
    private func backward(
        _ passes: inout [RankPass],
        caches: [LayerCache],
        _ assignments: [[Assignment]]
    ) -> [ExpertBank] {
        let banks = placedBanks
        var gradients = byRank { banks[$0].zeros }
        for layer in state.model.layers.indices.reversed() {
            guard hasExperts else {
                forEachRank { passes[$0].sharedBackward(layer: layer, state.model) }
                continue
            }
            let sent = byRank { passes[$0].combineBackward(layer: layer) }
            let arrived = exchange.toExperts(sent)
            let replies = byRank { rank in
                let capacities = capacities(at: rank, assignments[layer])
                return exchange.cut.answers(arrived[rank], capacities: capacities) {
                    part,
                    sources in
                    let rows = banks[rank].backward(
                        layer: layer,
                        rows: ExpertRows.gather(sources, width: width),
                        caches[layer][rank][part],
                        adding: &gradients[rank]
                    )
                    return ExpertRows.scatter(rows, counts: sources.map(\.counts), width: width)
                }
            }
            let returned = exchange.toSources(replies, width: width)
            forEachRank { passes[$0].dispatchBackward(layer: layer, state.model, returned[$0]) }
        }
        forEachRank { passes[$0].finish(state.model) }
        return gradients
    }

    /// Takes what those that take part have, gradients of experts as they computed them, [members].
    private mutating func update(_ passes: [RankPass], _ bankGradients: [ExpertBank]) {
        let rate = schedule.rate(step: state.step)
        let total = sums.dense.buckets[0].sum(passes.map(\.gradient.flattened))
        state.modelOptimizer.step(&state.model, gradient: total, rate: rate)
        let gradients = TrainingState.gathered(
            summed(bankGradients),
            exchange.placement,
            places: exchange.places
        )
        for (index, gradient) in gradients.enumerated() {
            state.bankOptimizers[index].step(
                &state.banks[index],
                gradient: gradient.flattened,
                rate: rate
            )
        }
        state.step += 1
    }

    /// Gradients of experts, summed over those that hold the same.
    private func summed(_ gradients: [ExpertBank]) -> [ExpertBank] {
        guard let experts = sums.experts else { return gradients }
        var values = [[Float]](repeating: [], count: layout.world)
        for (rank, gradient) in zip(members, gradients) {
            values[rank.index] = gradient.flattened
        }
        experts.sum(&values)
        return zip(members, gradients).map { rank, gradient in
            var gradient = gradient
            gradient.assign(values[rank.index])
            return gradient
        }
    }
}
