import ClusterModel
import Routing
import Testing

/// The routers beside LocMoE+, on gates so simple that the right answer can be read off.
@Suite struct `Relatives` {
    /// Two experts, logits the token's two elements.
    private let identity = DenseGate(experts: 2, width: 2, weights: [1, 0, 0, 1])

    private func batch(_ rows: [[Float]], label: UInt64 = 0) -> TokenBatch {
        TokenBatch(width: rows[0].count, features: rows.flatMap { $0 }, label: label)
    }

    @Test func `gshard places first choices before second ones, and draws for those`() {
        // g2 is a half, so 2 g2 = 1 is above any draw.
        let equal = batch([[1, 1], [1, 1], [1, 1]])
        let router = GShardRouter(gate: identity, capacity: .fixed(4), seed: 1)
        let assignment = router.assign(equal)
        #expect(assignment.slots(of: ExpertIndex(0)) == [0, 1, 2])
        #expect(assignment.slots(of: ExpertIndex(1)) == [0, 1, 2])
        #expect(assignment.pairs.allSatisfy { $0.weight == 0.5 })
        // The second expert is all but sure to be refused.
        let clear = router.assign(batch([[60, 0], [0, 60]]))
        #expect(clear.pairs.map(\.reason) == [.none, .threshold, .none, .threshold])
    }

    @Test func `gshard's draws follow share, seed and label`() {
        let rows = batch((0..<2000).map { _ in [1, 0] })
        let all = [(1, 0), (1, 0), (2, 0), (1, 1)].map { seed, label in
            GShardRouter(gate: identity, capacity: .fixed(2000), seed: UInt64(seed)).assign(
                TokenBatch(width: 2, features: rows.features, label: UInt64(label))
            )
        }
        #expect(all[0] == all[1])
        #expect(all[0] != all[2])
        #expect(all[0] != all[3])
        // 2 g2 = 2 / (1 + e) = 0.538.
        #expect(abs(Double(all[0].countPerExpert[1]) / 2000 - 0.538) < 0.04)
    }

    @Test func `expert choice fills every expert and shows tokens that none took`() {
        let router = ExpertChoiceRouter(gate: identity, capacity: .fixed(1))
        let assignment = router.assign(batch([[1, 0], [5, 0], [0, 3]]))
        #expect(assignment.slots(of: ExpertIndex(0)) == [1])
        #expect(assignment.slots(of: ExpertIndex(1)) == [2])
        #expect(assignment.pairs[0].expert == ExpertIndex(0))
        #expect(assignment.pairs[0].reason == .capacity)
        #expect(assignment.dropped == 1)
    }

    @Test func `expert choice gives a token two experts on average`() throws {
        let tokens = Samples.batch(count: 30, width: 24, seed: 3)
        let assignment = try Samples.router(.expertChoice, experts: 6, batch: tokens).assign(tokens)
        #expect(assignment.countPerExpert == [Int](repeating: 10, count: 6))
    }

    @Test func `expert choice leaves no tie to rounding`() {
        // Each token's logits are its row: the gate is the identity.
        let identity = DenseGate(
            experts: 6,
            width: 6,
            weights: (0..<36).map { $0 % 7 == 0 ? 1 : 0 }
        )
        func assignment(_ rows: [[Float]], slots: Int) -> Assignment {
            ExpertChoiceRouter(gate: identity, capacity: .fixed(slots)).assign(batch(rows))
        }
        // Nobody takes it: of its two best experts the lower is named.
        let lone = assignment([[2, -1, 1, 0, 2, -2]], slots: 0)
        #expect(lone.pairs.map(\.expert) == [ExpertIndex(0)])
        // For expert 4 both tokens have the same odds: the lower token is taken, in either order.
        let rows: [[Float]] = [[-2, -1, 1, 0, 2, 2], [2, -1, 1, 0, 2, -2]]
        #expect(assignment(rows, slots: 1).slots(of: ExpertIndex(4)) == [0])
        #expect(assignment(rows.reversed(), slots: 1).slots(of: ExpertIndex(4)) == [0])
    }

    @Test func `ecr ranks all tokens, tcr those that chose`() throws {
        let tokens = Samples.angled([(3, 4), (1, 0), (4, 3)])
        let tcr = try Samples.router(.tcr, experts: 2, batch: tokens, capacity: 2).assign(tokens)
        #expect(tcr.slots(of: ExpertIndex(1)) == [0])
        let ecr = try Samples.router(.ecr, experts: 2, batch: tokens, capacity: 2).assign(tokens)
        #expect(ecr.slots(of: ExpertIndex(0)) == [1, 2])
        #expect(ecr.slots(of: ExpertIndex(1)) == [0, 2])
    }

    @Test func `rre keeps a domain in its group, and an id at its expert there`() {
        let groups = ExpertGroups(experts: 10, domains: 4)
        #expect((0..<4).map { groups.experts(of: $0) } == [0..<2, 2..<5, 5..<7, 7..<10])
        let router = RandomRoutedExpertsRouter(
            groups: groups,
            topK: 2,
            capacity: .factor(2),
            seed: 3
        )
        var seen: Set<Int> = []
        for id in 0..<200 {
            for domain in 0..<6 {
                let experts = router.experts(of: UInt32(id), domain: UInt8(domain))
                #expect(experts == router.experts(of: UInt32(id), domain: UInt8(domain)))
                #expect(Set(experts).count == 2)
                #expect(experts.allSatisfy { groups.experts(of: domain % 4).contains($0) })
                seen.formUnion(experts)
            }
        }
        #expect(seen.count == 10)
    }

    @Test func `smile takes the best expert of the best node, weighted by both`() {
        let router = SmileRouter(
            interNode: DenseGate(experts: 2, width: 2, weights: [1, 0, -1, 0]),
            intraNode: DenseGate(experts: 3, width: 2, weights: [0, 1, 0, 0, 0, -1]),
            topK: 1,
            capacity: .factor(8)
        )
        let assignment = router.assign(batch([[1, 1], [-1, 1], [2, -3], [0, 0]]))
        #expect(assignment.pairs.map(\.expert.index) == [0, 3, 2, 0])
        #expect(abs(assignment.pairs[3].weight - 1.0 / 6) < 1e-15)
    }

    @Test func `ada-k gives each token as many experts as its allocator says`() {
        let gate = DenseGate(experts: 3, width: 2, weights: [3, 3, 2, 2, 1, 1])
        let router = AdaKRouter(
            gate: gate,
            allocator: DenseGate(experts: 2, width: 2, weights: [1, 0, 0, 1]),
            capacity: .factor(1)
        )
        let assignment = router.assign(batch([[1, 0], [0, 1], [0, 1]]))
        #expect(assignment.pairs.map(\.token) == [0, 1, 1, 2, 2])
        #expect(assignment.pairs.map(\.expert.index) == [0, 0, 1, 0, 1])
        #expect(assignment.capacity == 2)
        #expect(abs(assignment.pairs[1].weight + assignment.pairs[2].weight - 1) < 1e-15)
    }

    @Test func `rmoe's state of one layer changes the next layer's choice`() throws {
        let tokens = Samples.batch(count: 40, width: 24, seed: 9)
        let made = try Samples.router(.rmoe, experts: 6, batch: tokens)
        let router = try #require(made as? RecurrentRouter)
        let first = router.route(tokens)
        #expect(first.state.count == 40 * 128)
        #expect(first.state.allSatisfy { abs($0) < 1 })
        let second = router.route(
            TokenBatch(width: 24, features: tokens.features, routerState: first.state)
        )
        #expect(second.assignment != first.assignment)
        #expect(second.state != first.state)
    }

    @Test func `a recurrent unit keeps its state where the update gate is shut`() {
        func rows(_ value: Float, _ count: Int) -> [Float] { .init(repeating: value, count: count) }
        let zeros = DenseGate(experts: 6, width: 2, weights: rows(0, 12))
        let unit = GatedRecurrentUnit(
            input: zeros,
            state: zeros,
            inputBias: [0, 0, 100, -100, 0.5, 0.5],
            stateBias: rows(0, 6)
        )
        let router = RecurrentRouter(
            projection: identity,
            unit: unit,
            gate: identity,
            topK: 1,
            capacity: .factor(1)
        )
        let state = router.route(
            TokenBatch(width: 2, features: [1, 1], routerState: [0.25, 0.25])
        ).state
        #expect(state[0] == 0.25)
        #expect(abs(state[1] - 0.46211716) < 1e-7)
    }
}
