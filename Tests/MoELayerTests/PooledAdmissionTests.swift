import ClusterModel
import MoELayer
import Routing
import Testing

@Suite struct `Slots pooled over ranks` {
    private func batch(rank: Int, seed: UInt64, count: Int = 30) -> TokenBatch {
        var random = SeededRandom(seed: seed, UInt64(rank))
        let shift = random.nextUnit() - 0.5
        let features = (0..<count * 8).map { _ in Float(random.nextUnit() - 0.5 + shift) }
        return TokenBatch(width: 8, features: features)
    }

    private func router(
        _ mode: ModeChoice,
        threshold: Double,
        floor: Int,
        capacity: Capacity
    ) -> LocMoEPlusRouter {
        LocMoEPlusRouter(
            gate: GroupedAveragePooling(experts: 4, width: 8)!,
            settings: RoutingSettings(
                routers: [.locmoePlus],
                baseline: .locmoePlus,
                topK: 1,
                capacityFactor: 1,
                capacityFloor: floor,
                threshold: threshold,
                mode: mode,
                policy: .drop
            ),
            capacity: capacity
        )
    }

    private func candidates(seed: UInt64) -> [[Assignment.Pair]] {
        let choosing = router(.tcr, threshold: 1, floor: 0, capacity: .fixed(1000))
        return (0..<3).map { choosing.assign(batch(rank: $0, seed: seed)).pairs }
    }

    /// What one router decides that sees all ranks' tokens as one batch.
    private func whole(
        _ mode: ModeChoice,
        threshold: Double = 1,
        floor: Int = 0,
        capacity: Int,
        seed: UInt64,
        interleaved: Bool
    ) -> [Assignment.Pair] {
        let batches = (0..<3).map { batch(rank: $0, seed: seed) }
        let order =
            interleaved
            ? (0..<90).map { ($0 % 3, $0 / 3) } : (0..<90).map { ($0 / 30, $0 % 30) }
        let features = order.flatMap { Array(batches[$0.0].row($0.1)) }
        let pairs = router(mode, threshold: threshold, floor: floor, capacity: .fixed(capacity))
            .assign(TokenBatch(width: 8, features: features)).pairs
        let places = order.enumerated().map { (($0.element.0, $0.element.1), $0.offset) }
        return places.sorted { $0.0 < $1.0 }.map { pairs[$0.1] }
    }

    @Test(arguments: 0..<10 as Range<UInt64>, [0, 1, 12, 27, 90])
    func `by affinity are those of one router over all tokens`(seed: UInt64, capacity: Int) {
        for (threshold, floor) in [(1.0, 0), (0.7, 1), (0.2, 5)] {
            let admission = PooledAdmission(
                order: .affinity(threshold: threshold, floor: floor),
                capacity: capacity
            )
            let decided = admission.decide(candidates(seed: seed), experts: 4).flatMap(\.pairs)
            let known = whole(
                .ecr,
                threshold: threshold,
                floor: floor,
                capacity: capacity,
                seed: seed,
                interleaved: false
            )
            #expect(decided.map(\.reason) == known.map(\.reason))
            #expect(decided.map(\.expert) == known.map(\.expert))
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>, [0, 1, 12, 27])
    func `by position take every rank's first token before any second`(
        seed: UInt64,
        capacity: Int
    ) {
        let admission = PooledAdmission(order: .position, capacity: capacity)
        let decided = admission.decide(candidates(seed: seed), experts: 4).flatMap(\.pairs)
        let known = whole(.tcr, capacity: capacity, seed: seed, interleaved: true)
        #expect(decided.map(\.reason) == known.map(\.reason))
    }

    @Test(
        arguments: 0..<5 as Range<UInt64>,
        [
            PooledAdmission.Order.position, .affinity(threshold: 0.7, floor: 1),
        ]
    )
    func `may be decided apart, where each expert lives`(
        seed: UInt64,
        order: PooledAdmission.Order
    ) {
        let admission = PooledAdmission(order: order, capacity: 12)
        let all = candidates(seed: seed)
        let known = admission.verdicts(all, experts: 4)
        for expert in 0..<4 {
            let own = all.map { $0.filter { $0.expert.index == expert } }
            let verdicts = admission.verdicts(own, experts: 4)
            for rank in 0..<3 {
                let expected = zip(all[rank], known[rank])
                    .filter { $0.0.expert.index == expert }.map(\.1)
                #expect(verdicts[rank] == expected)
            }
        }
    }

    @Test func `fill each rank's buffers in token order`() {
        let admission = PooledAdmission(order: .position, capacity: 12)
        for assignment in admission.decide(candidates(seed: 1), experts: 4) {
            for expert in 0..<4 {
                let slots = assignment.slots(of: ExpertIndex(expert))
                #expect(slots == slots.sorted())
            }
        }
    }

    /// Token, expert and score, in two choices a token.
    private func pairs(_ all: [(Int, Int, Double)]) -> [Assignment.Pair] {
        all.map { .init(token: $0.0, expert: $0.1, score: $0.2, weight: $0.2) }
    }

    @Test func `by first choices place all of them before any second one`() {
        let admission = PooledAdmission(order: .firstChoices, capacity: 2)
        let decided = admission.decide(
            [
                pairs([(0, 1, 0.6), (0, 0, 0.4), (1, 0, 0.7), (1, 1, 0.3)]),
                pairs([(0, 0, 0.9), (0, 1, 0.1), (1, 1, 0.5), (1, 0, 0.5)]),
            ],
            experts: 2
        )
        // Expert 0: the second token of rank 0 and the first of rank 1 chose it first.
        #expect(decided[0].pairs.map(\.isKept) == [true, false, true, false])
        #expect(decided[1].pairs.map(\.isKept) == [true, false, true, false])
    }

    @Test func `what a router has refused by itself stays refused and takes no slot`() {
        var all = pairs([(0, 0, 0.6), (1, 0, 0.6), (2, 0, 0.6)])
        all[0].reason = .threshold
        all[1].reason = .capacity
        let admission = PooledAdmission(order: .position, capacity: 2)
        let decided = admission.decide([all], experts: 1)[0]
        #expect(decided.pairs.map(\.reason) == [.threshold, .none, .none])
        #expect(decided.pairs.map(\.position) == [-1, 0, 1])
    }

    @Test func `C follows the pairs that all ranks offer, where it does`() {
        let admission = PooledAdmission(order: .position, capacity: 1, budget: .factor(1.5))
        let many = (0..<8).map { ($0 / 2, $0 % 2, 0.5) }
        let decided = admission.decide([pairs(many), pairs(Array(many[..<4]))], experts: 2)
        // ceil(12 / 2 x 1.5).
        #expect(decided.map(\.capacity) == [9, 9])
        #expect(decided.map(\.kept) == [8, 4])
    }

    /// As with slots of each source's own: the sign of an affinity says nothing of its order.
    @Test(arguments: [RouterName.ecr, .expertChoice], 1...6 as ClosedRange<UInt64>)
    func `where experts choose, they take their best of all tokens, and are full`(
        name: RouterName,
        seed: UInt64
    ) throws {
        let layout = Trainings.layout()
        var settings = Trainings.settings(layout)
        (settings.candidate, settings.scope) = (.router(name), .global)
        (settings.width, settings.tokensPerRank) = (16, 30)
        (settings.routing.capacityFactor, settings.routing.expertChoiceFactor) = (2, 2)
        let model = settings.initialState.model
        let recipe = try #require(try settings.recipes(TokenFrequencies()).first)
        var random = SeededRandom(seed: seed)
        // Shifted down, so that most affinities are negative.
        let batches = (0..<4).map { _ in
            TokenBatch(
                width: 16,
                features: (0..<30 * 16).map { _ in Float(random.nextUnit()) - 0.8 }
            )
        }
        let decided = recipe.decide(batches, recipe.router(layer: 0, of: model))
        for expert in 0..<4 { #expect(decided.reduce(0) { $0 + $1.countPerExpert[expert] } == 60) }
        // One rank that has all tokens.
        settings.scope = .source
        let alone = try #require(try settings.recipes(TokenFrequencies()).first)
        let whole = alone.router(layer: 0, of: model).assign(
            TokenBatch(width: 16, features: batches.flatMap(\.features))
        )
        let own = decided.enumerated().flatMap { rank, assignment in
            assignment.pairs.filter(\.isKept).map { [rank * 30 + $0.token, $0.expert.index] }
        }
        #expect(own == whole.pairs.filter(\.isKept).map { [$0.token, $0.expert.index] })
    }

    @Test func `where experts choose, nobody asked for what they leave`() {
        let admission = PooledAdmission(
            order: .affinity(threshold: 1, floor: 1),
            capacity: 1,
            expertsChoose: true
        )
        let decided = admission.decide(
            [
                pairs([(0, 0, 0.9), (0, 1, 0.2), (1, 1, 0.5), (1, 0, 0.1)]),
                pairs([(0, 1, 0.4), (0, 0, 0.3)]),
            ],
            experts: 2
        )
        #expect(decided[0].pairs.map { [$0.token, $0.expert.index] } == [[0, 0], [1, 1]])
        #expect(decided[0].dropped == 0)
        // The token that nobody takes stands there with its best expert.
        #expect(decided[1].pairs.map(\.expert.index) == [1])
        #expect(decided[1].dropped(for: .capacity) == 1)
    }
}
