import ClusterModel
import Exchange
import MoELayer
import Routing
import Testing

/// Ranks as processes would be, each with nothing but its own, and letters between them.
private struct Cluster {
    var ranks: [RankTraining]
    let layout: RankLayout
    let sums: TrainingSums

    init(_ settings: TrainingSettings, _ training: LocalTraining) throws {
        layout = settings.layout
        ranks = try layout.ranks.map {
            try settings.training(
                of: $0,
                training.state,
                frequencies: TokenFrequencies(of: 0..<12)
            )
        }
        sums = TrainingSums(
            settings.allReduce,
            layout: layout,
            denseCount: ranks[0].denseCount,
            expertCount: ranks[0].expertCount
        )
    }

    /// One step; in each phase ranks have their turns in another order.
    mutating func step(_ batches: [SequenceBatch]) {
        for rank in turns(1) { ranks[rank].begin(batches[rank]) }
        for layer in 0..<ranks[0].layers {
            let sent = each(3) { rank in
                let assignment = rank.decide(layer: layer)
                return rank.dispatch(layer: layer, assignment)
            }
            let back = travel(sent) { $0.experts(layer: layer, $1) }
            for rank in turns(2) { ranks[rank].combine(layer: layer, back[rank]) }
        }
        for rank in turns(5) { ranks[rank].turn() }
        for layer in (0..<ranks[0].layers).reversed() {
            let sent = each(1) { $0.combineBackward(layer: layer) }
            let back = travel(sent) { $0.expertsBackward(layer: layer, $1) }
            for rank in turns(3) { ranks[rank].dispatchBackward(layer: layer, back[rank]) }
        }
        for rank in turns(2) { ranks[rank].finish() }
        let dense = reduce(ranks.map(\.denseGradient), sums.dense)
        let own = ranks.map(\.expertGradient)
        let experts = sums.experts.map { reduce(own, $0) } ?? own
        for rank in turns(4) { ranks[rank].update(dense: dense[rank], experts: experts[rank]) }
    }

    private func turns(_ seed: Int) -> [Int] {
        (0..<ranks.count).map { ($0 * 3 + seed) % ranks.count }
    }

    private mutating func each<T>(_ seed: Int, _ body: (inout RankTraining) -> T) -> [T] {
        var values = [T?](repeating: nil, count: ranks.count)
        for rank in turns(seed) { values[rank] = body(&ranks[rank]) }
        return values.map { $0! }
    }

    /// To the experts and back.
    private mutating func travel(
        _ sent: [ExpertRows],
        _ compute: (inout RankTraining, [ExpertRows]) -> [ExpertRows]
    ) -> [ExpertRows] {
        let exchange = LocalExchange(layout: layout, element: .fp32)
        let arrived = exchange.toExperts(sent)
        var replies = arrived
        for rank in turns(2) { replies[rank] = compute(&ranks[rank], arrived[rank]) }
        return exchange.toSources(replies, width: ranks[0].width)
    }

    private func reduce(_ values: [[Float]], _ reduction: AllReduce) -> [[Float]] {
        var values = values
        let stages = layout.ranks.map(reduction.stages)
        for stage in stages[0].indices {
            let before = values
            for rank in layout.ranks {
                stages[rank.index][stage].fold(rank, into: &values[rank.index]) { peer in
                    let sends = stages[peer.index][stage].sends
                    let range = sends.first { $0.peer == rank }!.values
                    return Array(before[peer.index][range])
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
                sequenceLength: 256,
                label: SequenceBatch.label(step: step, rank: rank, ranks: ranks)
            )
        }
    }

    private func agree(_ settings: TrainingSettings, steps: Int) throws {
        var training = try settings.training(
            settings.initialState,
            frequencies: TokenFrequencies(of: 0..<12)
        )
        var cluster = try Cluster(settings, training)
        for step in 0..<steps {
            let batches = batches(step, ranks: settings.layout.world)
            let outcome = training.train(batches)
            cluster.step(batches)
            let losses = cluster.ranks.map(\.lastLoss.sum).reduce(0, +)
            let tokens = cluster.ranks.map(\.lastLoss.tokens).reduce(0, +)
            #expect(losses / Double(tokens) == outcome.loss)
        }
        for (rank, worker) in cluster.ranks.enumerated() {
            #expect(worker.model == training.state.model)
            #expect(worker.bank == training.state.banks[rank])
            #expect(worker.step == steps)
        }
    }

    @Test(arguments: routers, [1, 2])
    func `gives the parameters of one process, bit for bit`(router: RouterName, dp: Int) throws {
        try agree(settings(router, dp: dp), steps: 2)
    }

    @Test(arguments: [RouterName.smile, .adaK, .rmoe, .preGated])
    func `does so with gates of several parts, through two layers`(router: RouterName) throws {
        try agree(settings(router, dp: 1, layers: 2), steps: 2)
    }

    @Test(arguments: AllReduceAlgorithm.allCases)
    func `does so with several layers and either sum`(sum: AllReduceAlgorithm) throws {
        try agree(settings(.locmoePlus, dp: 1, layers: 2, sum: sum), steps: 2)
    }
}
