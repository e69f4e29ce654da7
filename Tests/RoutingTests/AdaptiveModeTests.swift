import ClusterModel
import Testing

@testable import Routing

@Suite struct `The adaptive mode of LocMoE+` {
    private let batch = BatchShape(tokens: 100, experts: 4, topK: 1, width: 8)

    private func resonance(_ q: [Double?], affinity: Double = 0.2) -> Resonance {
        Resonance(
            truePositive: q.map { _ in 1 },
            falsePositive: q,
            affinityMax: affinity,
            affinityMean: affinity
        )
    }

    /// C is 28 by the conventional rule: to ecr at q <= 0.14, back at q >= 0.566 of the C of ecr.
    private func machine(
        _ trigger: AdaptiveMode.Trigger = .corollary,
        period: Int = 1000
    ) -> AdaptiveMode {
        AdaptiveMode(
            .init(
                batch: batch,
                trigger: trigger,
                tokenChoice: .conventional(factor: 1.1),
                floor: 2,
                period: period
            )
        )
    }

    @Test func `goes to expert choice when the worst q allows it, and says who sets C`() {
        var mode = machine()
        let first = mode.advance(resonance([0.2, 0.1, 0.1, 0.1]))
        #expect(first.mode == .tcr)
        #expect(first.capacity == CapacityDecision(slots: 28, source: .conventional))
        let second = mode.advance(resonance([0.14, 0.1, nil, 0.1]))
        #expect(second.mode == .ecr && second.isSwitch)
        #expect(second.capacity == CapacityDecision(slots: 28, source: .corollary))
    }

    @Test func `comes back only when even the best q forbids it`() {
        var mode = machine()
        _ = mode.advance(resonance([0.05, 0.05]))
        // C = 10 is in force: q between 0.05 and 0.2 changes nothing, however it moves.
        for q in [0.05, 0.15, 0.2, 0.06, 0.2] {
            let decision = mode.advance(resonance([0.9, q]))
            #expect(decision.mode == .ecr && decision.capacity.slots == 10 && !decision.isSwitch)
        }
        let back = mode.advance(resonance([0.9, 0.21]))
        #expect(back.mode == .tcr && back.isSwitch)
        #expect(back.capacity.source == .conventional)
    }

    @Test func `keeps the mode when no q is known`() {
        var mode = machine()
        #expect(mode.advance(resonance([nil, nil])).mode == .tcr)
        _ = mode.advance(resonance([0.01]))
        #expect(mode.advance(resonance([nil])).mode == .ecr)
    }

    @Test func `estimates C again after a period, within floor and tokens`() {
        var mode = machine(period: 2)
        let slots = [0.05, 0.04, 0.03, 0.02, 0.001, 0.001].map {
            mode.advance(resonance([$0])).capacity
        }
        #expect(slots.map(\.slots) == [10, 10, 6, 6, 2, 2])
        #expect(slots[4].isClamped)
    }

    @Test func `a schedule looks at the step alone`() {
        var mode = machine(.schedule(expertChoiceFrom: 2))
        #expect(
            (0..<4).map { _ in mode.advance(resonance([0.9])).mode } == [.tcr, .tcr, .ecr, .ecr]
        )
    }

    @Test func `equal estimates give equal decisions on every rank`() {
        var random = SeededRandom(seed: 4)
        var ranks = [machine(period: 3), machine(period: 3)]
        for _ in 0..<200 {
            let seen = resonance((0..<4).map { _ in 0.3 * random.nextUnit() })
            let decisions = ranks.indices.map { ranks[$0].advance(seen) }
            #expect(decisions[0] == decisions[1])
        }
        #expect(ranks[0] == ranks[1])
    }

    @Test func `a step's record says what set C, and what was kept`() throws {
        let tokens = Samples.angled([(3, 4), (1, 0), (4, 3), (0, 2)])
        let gate = try #require(GroupedAveragePooling(experts: 2, width: 2))
        let affinities = gate.affinities(of: tokens)
        let resonance = ResonanceCounts(of: affinities, topK: 1).resonance
        var mode = AdaptiveMode(
            .init(
                batch: BatchShape(tokens: 4, experts: 2, topK: 1, width: 2),
                tokenChoice: .conventional(factor: 0.5)
            )
        )
        let decision = mode.advance(resonance)
        let router = LocMoEPlusRouter(
            gate: gate,
            settings: Samples.settings(),
            capacity: .factor(1)
        ).with(mode: decision.mode, capacity: decision.capacity.slots)
        let record = ResonanceRecord(decision, resonance, [router.assign(affinities)])
        #expect(
            record.description == """
                mode ecr, C = 1 (corollary, clamped), affinity max 1.0 mean 0.9, kept 2 of 4
                p 1.0 1.0
                q 0.0 0.0
                """
        )
        #expect(record.keptShare == 0.5)
    }

    @Test func `the bound sets C from the largest affinity`() {
        let wide = BatchShape(tokens: 512, experts: 8, topK: 1, width: 64)
        let decision = CapacityRule.bound(.exact)
            .decide(resonance([0.1], affinity: 0.3), batch: wide, floor: 1)
        #expect(decision == CapacityDecision(slots: 9, source: .bound(.exact)))
        let explodes = CapacityRule.bound(.exp)
            .decide(resonance([0.1], affinity: 1), batch: wide, floor: 1)
        #expect(explodes.slots == 512)
    }
}

@Suite struct `Estimates of p and q` {
    /// Affinities to two experts; class 0 belongs to expert 0, class 1 to expert 1, but for one.
    private let affinities = GateLogits(
        experts: 2,
        values: [0.9, 0.1, 0.5, 0.2, 0.3, 0.4, 0.6, 0.7, 0.2, 0.8]
    )
    private let labels = [0, 0, 0, 1, 1]

    @Test func `count the relevant that choose and the irrelevant that reach`() {
        let resonance = ResonanceCounts(of: affinities, topK: 1, labels: labels, classes: 2)
            .resonance
        #expect(resonance.truePositive == [2.0 / 3, 1])
        // Expert 0: members .9 .5 .3, others .6 .2. Expert 1: members .7 .8, others .1 .2 .4.
        #expect(resonance.falsePositive == [2.0 / 6, 0])
        #expect(resonance.affinityMax == 0.9)
    }

    @Test func `take the expert chosen first for a class where labels are missing`() {
        let resonance = ResonanceCounts(of: affinities, topK: 1).resonance
        #expect(resonance.truePositive == [1, 1])
        #expect(resonance.falsePositive == [1.0 / 6, 0])
    }

    @Test func `an equal score reaches`() {
        let equal = GateLogits(experts: 1, values: [0.5, 0.5, 0.5])
        let counts = ResonanceCounts(of: equal, topK: 1, labels: [0, 1, 0], classes: 2)
        #expect(counts.resonance.falsePositive == [1])
    }

    @Test func `an expert without takers has neither`() {
        let one = GateLogits(experts: 2, values: [1, 0, 1, 0])
        let resonance = ResonanceCounts(of: one, topK: 1, labels: [0, 1], classes: 2).resonance
        #expect(resonance.truePositive[1] == nil && resonance.falsePositive[1] == nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `agree with pairwise comparison, and add up over ranks`(seed: UInt64) throws {
        let tokens = Samples.batch(count: 60, width: 24, seed: seed)
        let gate = try #require(GroupedAveragePooling(experts: 6, width: 24))
        let all = gate.affinities(of: tokens)
        let labels = tokens.domains.map(Int.init)
        let counts = ResonanceCounts(of: all, topK: 2, labels: labels, classes: 3)
        for expert in 0..<6 {
            for label in 0..<3 {
                var reached = 0
                for member in 0..<60 where labels[member] == label {
                    for other in 0..<60 where labels[other] != label {
                        reached += all[other, expert] >= all[member, expert] ? 1 : 0
                    }
                }
                #expect(counts.reached[expert * 3 + label] == reached)
            }
        }
        let plain = ResonanceCounts(of: all, topK: 2)
        var twice = plain
        twice.add(plain)
        #expect(twice.resonance == plain.resonance)
    }

    /// Affinities of 240 tokens, and the classes they are of.
    private func sample(_ seed: UInt64) throws -> (GateLogits, [Int]) {
        let tokens = Samples.batch(count: 240, width: 24, seed: seed)
        let gate = try #require(GroupedAveragePooling(experts: 6, width: 24))
        return (gate.affinities(of: tokens), tokens.domains.map(Int.init))
    }

    private func merged(
        _ all: GateLogits,
        _ labels: [Int],
        ranks: [[Int]]
    ) throws -> Resonance {
        let parts = ranks.map { tokens in
            ResonanceCounts(
                of: GateLogits(experts: all.experts, values: tokens.flatMap { all.row($0) }),
                topK: 2,
                labels: tokens.map { labels[$0] },
                classes: 3
            )
        }
        return try #require(ResonanceCounts.merge(parts)).resonance
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `with labels compare tokens of all ranks, be it that each has one class`(
        seed: UInt64
    ) throws {
        let (all, labels) = try sample(seed)
        let whole = ResonanceCounts(of: all, topK: 2, labels: labels, classes: 3).resonance
        let tokens = Array(labels.indices)
        let byClass = (0..<3).map { label in tokens.filter { labels[$0] == label } }
        let deal = (0..<4).map { rank in tokens.filter { $0 % 4 == rank } }
        for ranks in [byClass, deal, tokens.map { [$0] }] {
            let resonance = try merged(all, labels, ranks: ranks)
            #expect(resonance.truePositive == whole.truePositive)
            for (q, exact) in zip(resonance.falsePositive, whole.falsePositive) {
                #expect(abs(try #require(q) - (try #require(exact))) < 0.01)
            }
        }
    }

    @Test func `with labels know no q where all ranks have the same class`() throws {
        let (all, labels) = try sample(4)
        let resonance = try merged(
            all,
            labels.map { _ in 1 },
            ranks: [Array(0..<100), Array(100..<240)]
        )
        #expect(resonance.falsePositive.allSatisfy { $0 == nil })
        #expect(resonance.truePositive.allSatisfy { $0 != nil })
    }

    @Test func `steps of affinities go up, and end at -1 and 1`() {
        let steps = stride(from: -1.0, through: 1, by: 1.0 / 1024).map(Heights.step)
        #expect(steps == steps.sorted())
        #expect(Set(steps) == Set(0..<Heights.steps))
        #expect(Heights.step(of: -1.5) == 0 && Heights.step(of: 1.5) == Heights.steps - 1)
    }
}
