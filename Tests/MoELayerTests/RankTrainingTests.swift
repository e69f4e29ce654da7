import ClusterModel
import Exchange
import MoELayer
import Routing
import Testing

/// Ranks as processes would be, each with nothing but its own, and letters between them.
private struct Cluster {
    /// Those that take part.
    var ranks: [RankTraining]
    let exchange: LocalExchange
    let layout: RankLayout
    let sums: TrainingSums
    let cut: RowCut

    init(_ settings: TrainingSettings, _ training: LocalTraining) throws {
        exchange = training.exchange
        layout = settings.layout
        cut = settings.cut
        ranks = try exchange.members.map {
            try settings.training(
                of: $0,
                training.state,
                frequencies: TokenFrequencies(of: 0..<12),
                excluded: training.excluded
            )
        }
        sums = TrainingSums(
            settings.allReduce,
            exchange.placement,
            denseCount: ranks[0].denseCount,
            expertCount: ranks[0].expertCount,
            layers: ranks[0].layers,
            classes: ranks[0].countedClasses
        )
    }

    /// One step; in each phase ranks have their turns in another order.
    mutating func step(_ batches: [SequenceBatch], hurts: [ExpertHurt] = []) {
        for rank in turns(1) { ranks[rank].begin(batches[rank], hurts: hurts) }
        for layer in 0..<ranks[0].layers {
            adapt(layer: layer)
            let assignments = decide(layer: layer)
            let sent = ranks.indices.map { ranks[$0].dispatch(layer: layer, assignments[$0]) }
            let slots = assignments.map(\.capacity)
            let back = travel(sent, slots) { $0.experts(layer: layer, part: $1, $2) }
            for rank in turns(2) { ranks[rank].combine(layer: layer, back[rank]) }
        }
        for rank in turns(5) { ranks[rank].turn() }
        for layer in (0..<ranks[0].layers).reversed() {
            let sent = each(1) { $0.combineBackward(layer: layer) }
            let slots = ranks.map { $0.assignments[layer].capacity }
            let back = travel(sent, slots) { $0.expertsBackward(layer: layer, part: $1, $2) }
            for rank in turns(3) { ranks[rank].dispatchBackward(layer: layer, back[rank]) }
        }
        for rank in turns(2) { ranks[rank].finish() }
        let dense = reduce(ranks.map(\.denseGradient), sums.dense)
        let own = ranks.map(\.expertGradient)
        let experts = sums.experts.map { reduce(own, $0) } ?? own
        for rank in turns(4) { ranks[rank].update(dense: dense[rank], experts: experts[rank]) }
    }

    /// Counts of all ranks, summed as an all-reduce sums them.
    private mutating func adapt(layer: Int) {
        guard let reduction = sums.resonance, let classes = ranks[0].countedClasses else { return }
        let words = each(2) { $0.counts(layer: layer)!.words }
        let merged = reduce(words, reduction) {
            ResonanceCounts.merge($0, values: $1, of: words[0].count)
        }
        for rank in turns(3) {
            ranks[rank].adapt(
                layer: layer,
                to: ResonanceCounts(
                    words: merged[rank],
                    experts: layout.experts,
                    classes: classes
                )!
            )
        }
    }

    private mutating func decide(layer: Int) -> [Assignment] {
        guard let admission = ranks[0].admission(layer: layer) else {
            return each(3) { $0.decide(layer: layer) }
        }
        return admission.decide(
            each(3) { $0.candidates(layer: layer) },
            experts: layout.experts
        )
    }

    private func turns(_ seed: Int) -> [Int] {
        (0..<ranks.count).reversed().map { ($0 + seed) % ranks.count }
    }

    private mutating func each<T>(_ seed: Int, _ body: (inout RankTraining) -> T) -> [T] {
        var values = [T?](repeating: nil, count: ranks.count)
        for rank in turns(seed) { values[rank] = body(&ranks[rank]) }
        return values.map { $0! }
    }

    /// To the experts and back, part by part.
    private mutating func travel(
        _ sent: [ExpertRows],
        _ slots: [Int],
        _ compute: (inout RankTraining, Int, [ExpertRows]) -> [ExpertRows]
    ) -> [ExpertRows] {
        let arrived = exchange.toExperts(sent)
        var replies = arrived
        let places = exchange.places
        for rank in turns(2) {
            let sources = exchange.sources(of: exchange.members[rank])
            let capacities = sources.map { slots[places[$0.index]] }
            replies[rank] = cut.answers(arrived[rank], capacities: capacities) {
                compute(&ranks[rank], $0, $1)
            }
        }
        return exchange.toSources(replies, width: ranks[0].width)
    }

    private func reduce(_ values: [[Float]], _ reduction: AllReduce) -> [[Float]] {
        reduce(values, reduction) { parts, _ in AllReduce.add(parts) }
    }

    private func reduce<Value>(
        _ values: [[Value]],
        _ reduction: AllReduce,
        _ merge: ([[Value]], Range<Int>) -> [Value]
    ) -> [[Value]] {
        var values = values
        let places = exchange.places
        let stages = exchange.members.map(reduction.stages)
        for stage in stages[0].indices {
            let before = values
            for (place, rank) in exchange.members.enumerated() {
                let own = values[place]
                let results = stages[place][stage].results(
                    own: { Array(own[$0]) },
                    rank: rank,
                    came: { peer in
                        let peer = places[peer.index]
                        return stages[peer][stage].sends.filter { $0.peer == rank }
                            .flatMap { before[peer][$0.values] }
                    },
                    merge: merge
                )
                for (range, numbers) in results {
                    values[place].replaceSubrange(range, with: numbers)
                }
            }
        }
        return values
    }
}

@Suite struct `Training on ranks that only exchange rows` {
    static let routers: [RouterName] = [.switch, .hash, .locmoe, .locmoePlus, .gshard, .adaK]

    private func settings(
        _ router: RouterName,
        dp: Int,
        layers: Int = 1,
        sum: AllReduceAlgorithm = .hierarchical
    ) -> TrainingSettings {
        var settings = Trainings.settings(Trainings.layout(dp: dp, experts: 16))
        settings.candidate = .router(router)
        settings.layers = layers
        settings.tokensPerRank = 256
        settings.allReduce = sum
        settings.steps = 10
        return settings
    }

    private func batches(_ step: Int, ranks: Int) -> [SequenceBatch] {
        (0..<ranks).map { rank in
            var random = SeededRandom(seed: 5, UInt64(step), UInt64(rank))
            return SequenceBatch(
                classes: (0..<256).map { _ in random.next(below: 12) },
                domains: (0..<256).map { _ in UInt8(random.next(below: 8)) },
                sequenceLength: 256,
                label: SequenceBatch.label(step: step, rank: rank, ranks: ranks)
            )
        }
    }

    /// The modes of the first layer, step by step; `leftOut` says who is left out of a step.
    @discardableResult
    private func agree(
        _ settings: TrainingSettings,
        steps: Int,
        hurts hurtsByStep: [Int: [ExpertHurt]] = [:],
        leftOut: (_ step: Int) -> Set<Rank> = { _ in [] }
    ) throws -> [String?] {
        var modes: [String?] = []
        var training = try settings.training(
            settings.initialState,
            frequencies: TokenFrequencies(of: 0..<12)
        )
        var cluster = try Cluster(settings, training)
        for step in 0..<steps {
            if leftOut(step) != training.excluded {
                training = training.without(leftOut(step))
                cluster = try Cluster(settings, training)
            }
            let all = batches(step, ranks: settings.layout.world)
            let batches = training.members.map { all[$0.index] }
            let hurts = hurtsByStep[step] ?? []
            let outcome = training.train(batches, hurts: hurts)
            cluster.step(batches, hurts: hurts)
            for layer in outcome.assignments {
                for hurt in hurts where hurt.kind == .lost {
                    #expect(layer.allSatisfy { $0.slots(of: hurt.expert).isEmpty })
                }
            }
            #expect(outcome.unhurt.isEmpty == hurts.isEmpty)
            modes.append(outcome.records.first?.mode)
            for worker in cluster.ranks { #expect(worker.modes == training.state.modes) }
            let losses = cluster.ranks.map(\.lastLoss.sum).reduce(0, +)
            let tokens = cluster.ranks.map(\.lastLoss.tokens).reduce(0, +)
            #expect(losses / Double(tokens) == outcome.loss)
        }
        for worker in cluster.ranks {
            let bank = training.state.bank(on: worker.rank, training.exchange.placement)
            #expect(worker.model == training.state.model)
            #expect(worker.bank == bank)
            #expect(worker.step == steps)
        }
        return modes
    }

    @Test(arguments: routers, [1, 2])
    func `gives the parameters of one process, bit for bit`(router: RouterName, dp: Int) throws {
        try agree(settings(router, dp: dp), steps: 2)
    }

    /// Experts are gone or wanted by many from the second step on: one process does the same.
    @Test(arguments: routers, [CapacityScope.source, .global])
    func `learns on where experts are hurt`(router: RouterName, scope: CapacityScope) throws {
        let half = try #require(Ratio(1, 2))
        let hurts = [
            ExpertHurt(expert: ExpertIndex(1), kind: .lost),
            ExpertHurt(expert: ExpertIndex(2), kind: .hot(half, seed: 7)),
        ]
        var settings = settings(router, dp: 1, layers: 2)
        settings.scope = scope
        try agree(settings, steps: 3, hurts: [1: hurts, 2: hurts])
        guard scope == .source else { return }
        settings.routing.policy = .reroute
        try agree(settings, steps: 2, hurts: [0: hurts, 1: hurts]) { $0 == 0 ? [] : [Rank(3)] }
    }

    /// One rank, then both of its node, and all are back in the end; each step of Adam takes its
    /// moments along.
    @Test(arguments: routers)
    func `goes on without ranks, and with them again`(router: RouterName) throws {
        let away: [Set<Rank>] = [[], [Rank(2)], [Rank(2), Rank(3)], []]
        let sum: AllReduceAlgorithm = [.hash, .gshard].contains(router) ? .ring : .hierarchical
        try agree(settings(router, dp: 1, sum: sum), steps: 4) { away[$0] }
    }

    /// One replica is hurt, then both, then one is gone: the sums of gradients of experts go over
    /// those that hold them by then.
    @Test(arguments: routers)
    func `goes on without ranks of replicas, and with them again`(router: RouterName) throws {
        let away: [Set<Rank>] = [[], [Rank(2)], [Rank(0), Rank(3)], [Rank(2), Rank(3)], []]
        let sum: AllReduceAlgorithm = [.hash, .gshard].contains(router) ? .ring : .hierarchical
        try agree(settings(router, dp: 2, layers: 2, sum: sum), steps: 5) { away[$0] }
    }

    @Test(
        arguments: [CapacityScope.source, .global],
        [RowCut.whole, .init(parts: 3, isPadded: true)]
    )
    func `does so with pooled slots, in parts, and where modes move`(
        scope: CapacityScope,
        cut: RowCut
    ) throws {
        var settings = settings(.locmoePlus, dp: 1, layers: 2)
        (settings.scope, settings.cut, settings.optimizer) = (scope, cut, .momentum)
        (settings.routing.mode, settings.routing.expertChoiceFrom) = (.adaptive, 1)
        let modes = try agree(settings, steps: 4) { $0 == 0 || $0 == 3 ? [] : [Rank(0)] }
        #expect(modes == ["tcr", "ecr", "ecr", "ecr"])
    }

    @Test func `of who is left out experts learn on and tokens are not learned from`() throws {
        let settings = settings(.switch, dp: 1)
        var training = try settings.training(
            settings.initialState,
            frequencies: TokenFrequencies(of: 0..<12)
        ).without([Rank(1)])
        let before = training.state.banks
        let all = batches(0, ranks: 4)
        let outcome = training.train(training.members.map { all[$0.index] })
        #expect(outcome.assignments[0].count == 3 && outcome.tally.offered == 3 * 256)
        #expect(training.state.banks.map(\.experts) == before.map(\.experts))
        #expect(zip(training.state.banks, before).allSatisfy { $0 != $1 })
    }

    @Test(arguments: [RouterName.smile, .adaK, .rmoe, .preGated])
    func `does so with gates of several parts, through two layers`(router: RouterName) throws {
        try agree(settings(router, dp: 1, layers: 2), steps: 2)
    }

    @Test(arguments: [2, 4, 8], [false, true])
    func `does so where experts compute parts of an exchange`(parts: Int, isPadded: Bool) throws {
        for (router, dp) in [(RouterName.gshard, 1), (.locmoePlus, 2)] {
            var settings = settings(router, dp: dp, layers: 2)
            settings.cut = RowCut(parts: parts, isPadded: isPadded)
            try agree(settings, steps: 2)
        }
    }

    @Test func `learns in parts what it learns in one piece, but for rounding`() throws {
        func loss(_ cut: RowCut) throws -> Double {
            var settings = settings(.switch, dp: 1)
            settings.cut = cut
            var training = try settings.training(
                settings.initialState,
                frequencies: TokenFrequencies(of: 0..<12)
            )
            for step in 0..<3 { _ = training.train(batches(step, ranks: 4)) }
            return training.evaluate(batches(1000, ranks: 4)).loss
        }
        let whole = try loss(.whole)
        #expect(abs(try loss(RowCut(parts: 4, isPadded: false)) - whole) < 1e-4)
    }

    @Test(arguments: AllReduceAlgorithm.allCases)
    func `does so with several layers and either sum`(sum: AllReduceAlgorithm) throws {
        try agree(settings(.locmoePlus, dp: 1, layers: 2, sum: sum), steps: 2)
    }

    @Test(arguments: [CapacityScope.source, .global], RelevanceClass.allCases)
    func `changes its mode on all ranks in the step in which one process does`(
        scope: CapacityScope,
        relevance: RelevanceClass
    ) throws {
        for (dp, sum) in [(1, AllReduceAlgorithm.hierarchical), (2, .ring)]
        where scope == .source || dp == 1 {
            var settings = settings(.locmoePlus, dp: dp, layers: 2, sum: sum)
            (settings.scope, settings.routing.relevance) = (scope, relevance)
            (settings.routing.mode, settings.routing.expertChoiceFrom) = (.adaptive, 1)
            let modes = try agree(settings, steps: 3)
            #expect(modes == ["tcr", "ecr", "ecr"])
        }
    }

    @Test func `estimates C by the rule that is named, alike on all ranks`() throws {
        var settings = settings(.locmoePlus, dp: 1)
        (settings.routing.capacityRule, settings.routing.capacityPeriod) = (.corollary, 1)
        #expect(try agree(settings, steps: 3) == ["ecr", "ecr", "ecr"])
    }

    @Test func `a step that is begun again moves the mode once`() throws {
        var settings = settings(.locmoePlus, dp: 1)
        (settings.routing.mode, settings.routing.expertChoiceFrom) = (.adaptive, 1)
        var rank = try settings.training(
            of: Rank(0),
            settings.initialState,
            frequencies: TokenFrequencies()
        )
        let before = rank.modes
        for _ in 0..<3 {
            rank.begin(batches(0, ranks: 1)[0])
            let counts = rank.counts(layer: 0)
            rank.adapt(layer: 0, to: try #require(counts))
        }
        #expect(rank.modes == before)
        _ = rank.dispatch(layer: 0, rank.decide(layer: 0))
        rank.update(
            dense: Array(repeating: 0, count: rank.denseCount),
            experts: rank.expertGradient
        )
        #expect(rank.modes != before)
        #expect(rank.modes[0].state[0] == 1)
    }
}
