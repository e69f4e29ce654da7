import ClusterModel
import MoELayer
import Routing
import Testing

@Suite struct `LocMoE+ that adapts while it is trained` {
    private func settings(
        _ trigger: AdaptiveMode.Trigger?,
        rule: CapacityRuleName? = nil,
        scope: CapacityScope = .source,
        policy: OverflowPolicy = .drop
    ) -> TrainingSettings {
        var settings = Trainings.settings(Trainings.layout(experts: 16))
        settings.tokensPerRank = 256
        settings.steps = 10
        if trigger != nil { settings.routing.mode = .adaptive }
        if case .schedule(let step) = trigger { settings.routing.expertChoiceFrom = step }
        settings.scope = scope
        settings.routing.capacityRule = rule
        settings.routing.capacityPeriod = 2
        settings.routing.policy = policy
        return settings
    }

    private func batches(_ step: Int) -> [SequenceBatch] {
        (0..<4).map { rank in
            var random = SeededRandom(seed: 5, UInt64(step), UInt64(rank))
            return SequenceBatch(
                classes: (0..<256).map { _ in random.next(below: 40) },
                domains: (0..<256).map { _ in UInt8(random.next(below: 8)) },
                sequenceLength: 256
            )
        }
    }

    private func records(
        _ settings: TrainingSettings,
        steps: Int = 4
    ) throws -> [RoutingRecord] {
        var training = try settings.training(
            settings.initialState,
            frequencies: TokenFrequencies()
        )
        return (0..<steps).map { training.train(batches($0)).records[0] }
    }

    @Test(arguments: [CapacityScope.source, .global])
    func `changes its mode at the step of a schedule, and with it who sets C`(
        scope: CapacityScope
    ) throws {
        let records = try records(settings(.schedule(expertChoiceFrom: 2), scope: scope))
        #expect(records.map(\.mode) == ["tcr", "tcr", "ecr", "ecr"])
        #expect(records.map(\.isSwitch) == [false, false, true, false])
        let sources = ["conventional", "conventional", "corollary", "corollary"]
        #expect(records.map(\.capacitySource) == sources)
        for record in records {
            #expect(record.truePositive.count == 16 && record.falsePositive.count == 16)
            #expect(record.offered == 1024 && record.kept > 0)
            let (mean, most) = (try #require(record.affinityMean), try #require(record.affinityMax))
            #expect(mean > 0 && mean <= most && most <= 1)
        }
    }

    @Test func `its rule can act where each rank reads a domain of its own`() throws {
        var settings = settings(.corollary)
        settings.routing.relevance = .domain
        // C is s: half of the irrelevant tokens may reach a relevant one.
        settings.routing.capacityFactor = 16
        var training = try settings.training(
            settings.initialState,
            frequencies: TokenFrequencies()
        )
        let records = (0..<4).map { step in
            let batches = (0..<4).map { rank in
                var random = SeededRandom(seed: 5, UInt64(step), UInt64(rank))
                return SequenceBatch(
                    classes: (0..<256).map { _ in 3 * rank + random.next(below: 3) },
                    domains: [UInt8](repeating: UInt8(rank), count: 256),
                    sequenceLength: 256
                )
            }
            let outcome = training.train(batches)
            let chosen = Set(outcome.assignments[0].flatMap { $0.pairs.map(\.expert.index) })
            let known = outcome.records[0].falsePositive.map { $0 != nil }
            #expect(known == (0..<16).map(chosen.contains))
            return outcome.records[0]
        }
        #expect(records.contains { $0.isSwitch && $0.mode == "ecr" })
    }

    @Test func `takes C from the rule that is named`() throws {
        for (rule, name) in [
            (CapacityRuleName.bound, "bound, exact"), (.corollary, "corollary"),
        ] {
            let records = try records(settings(nil, rule: rule))
            #expect(records.allSatisfy { $0.capacitySource == name && $0.mode == "ecr" })
        }
    }

    @Test func `reroutes what has no room`() throws {
        let dropped = try records(settings(.schedule(expertChoiceFrom: 99)), steps: 1)[0]
        let rerouted = try records(
            settings(.schedule(expertChoiceFrom: 99), policy: .reroute),
            steps: 1
        )[0]
        #expect(dropped.rerouted == 0)
        #expect(rerouted.rerouted > 0)
        #expect(rerouted.kept == dropped.kept + rerouted.rerouted)
    }

    @Test func `goes on from a checkpoint as if it had not been interrupted`() throws {
        let settings = settings(.schedule(expertChoiceFrom: 3))
        var whole = try settings.training(settings.initialState, frequencies: TokenFrequencies())
        var bytes: [UInt8] = []
        for step in 0..<6 {
            if step == 2 { bytes = Checkpoint(whole.state, settings: settings.text).bytes }
            _ = whole.train(batches(step))
        }
        var state = settings.initialState
        try Checkpoint(bytes).restore(&state, settings: settings.text)
        var resumed = whole.with(state)
        for step in 2..<6 { _ = resumed.train(batches(step)) }
        #expect(resumed.state == whole.state)
    }

    @Test func `held-out text moves no mode`() throws {
        let settings = settings(.schedule(expertChoiceFrom: 1))
        var training = try settings.training(
            settings.initialState,
            frequencies: TokenFrequencies()
        )
        _ = training.train(batches(0))
        for step in 1..<4 {
            #expect(training.evaluate(batches(step)).records[0].mode == "tcr")
        }
        #expect(training.train(batches(1)).records[0].mode == "ecr")
    }

    @Test func `counts of ranks merge in any order`() throws {
        let pooling = try #require(GroupedAveragePooling(experts: 4, width: 8))
        let parts = (0..<4).map { rank in
            var random = SeededRandom(seed: 9, UInt64(rank))
            let features = (0..<40 * 8).map { _ in Float(random.nextUnit() - 0.5) }
            let batch = TokenBatch(width: 8, features: features)
            return ResonanceCounts(of: pooling.affinities(of: batch), topK: 1)
        }
        let merged = ResonanceCounts.merge(parts)
        #expect(merged == ResonanceCounts.merge(parts.reversed()))
        #expect(merged == ResonanceCounts.merge([parts[2], parts[0], parts[3], parts[1]]))
        #expect(merged != parts[0])
    }
}
