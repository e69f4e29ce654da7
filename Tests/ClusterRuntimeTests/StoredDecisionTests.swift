import ClusterModel
import Exchange
import Routing
import Testing

@testable import ClusterRuntime

@Suite struct `What routers decide on stored features` {
    private let tokens: SmallTokens

    init() throws { tokens = try SmallTokens() }

    private func plan(
        _ router: RouterName,
        _ relevance: RelevanceClass = .choice,
        tp: Int = 1
    ) throws -> ClusterPlan {
        var plan = try PlayedCluster.plan(router, tp: tp, npus: 2 * tp)
        plan.workload.tokens = tokens.path
        plan.workload.tokensPerNPU = 32
        (plan.routing.relevance, plan.routing.mode) = (relevance, .ecr)
        return plan
    }

    @Test(arguments: [RouterName.locmoePlus, .locmoe, .tcr, .ecr], RelevanceClass.allCases)
    func `is recorded with what all ranks know of affinities`(
        router: RouterName,
        relevance: RelevanceClass
    ) throws {
        let plan = try plan(router, relevance)
        let routing = try TokenRouting(plan)
        let gate = try #require(GroupedAveragePooling(experts: 4, width: SmallTokens.width))
        let parts = (0..<4).map { rank in
            let batch = routing.store.batch(tokens: routing.tokens(of: Rank(rank), step: 1))
            let labels = relevance == .domain ? batch.domains.map(Int.init) : nil
            return ResonanceCounts(
                of: gate.affinities(of: batch),
                topK: 1,
                labels: labels,
                classes: labels == nil ? 0 : 4
            )
        }
        let expected = try #require(ResonanceCounts.merge(parts)).resonance
        let choices = routing.choices(step: 1, router: 0)
        let record = routing.record(choices, step: 1, router: 0)
        #expect(record.truePositive == expected.truePositive)
        #expect(record.falsePositive == expected.falsePositive)
        #expect(record.falsePositive.contains { $0 != nil })
        #expect(record.affinityMean == expected.affinityMean)
        #expect(record.affinityMax == expected.affinityMax)
        #expect(record.mode == (router == .locmoe || router == .tcr ? "tcr" : "ecr"))
        #expect(record.capacitySource == "conventional")

        let inputs = routing.inputs(step: 1, router: 0)
        #expect(choices.difference(from: inputs) == nil)
        #expect(record.offered == inputs.reduce(0) { $0 + $1.offered })
        #expect(record.capacity == inputs[0].capacity)
        for expert in 0..<4 {
            #expect(record.keptPerExpert[expert] == inputs.reduce(0) { $0 + $1.kept[expert] })
        }
        #expect(record.chosenPerExpert.reduce(0, +) == record.offered)
    }

    @Test func `has no affinities with other routers`() throws {
        for router in [RouterName.switch, .hash, .smile] {
            let routing = try TokenRouting(try plan(router))
            let record = routing.record(routing.choices(step: 0, router: 0), step: 0, router: 0)
            #expect(record.truePositive.isEmpty && record.falsePositive.isEmpty)
            #expect(record.affinityMean == nil && record.mode == "tcr")
            #expect(record.kept > 0)
        }
    }

    @Test func `is that of the ranks that take part`() throws {
        let routing = try TokenRouting(try plan(.locmoePlus))
        let most = routing.choices(step: 0, router: 0, excluded: [Rank(1)])
        #expect(most.batches.map(\.rank.index) == [0, 2, 3])
        #expect(routing.record(most, step: 0, router: 0).offered == 3 * 32)
        let nobody = routing.choices(step: 0, router: 0, excluded: Set((0..<4).map(Rank.init)))
        let record = routing.record(nobody, step: 0, router: 0)
        #expect(record.offered == 0 && record.affinityMean == nil)
    }

    @Test func `counts tokens of a tensor-parallel group once`() throws {
        let routing = try TokenRouting(try plan(.locmoePlus, tp: 2))
        let choices = routing.choices(step: 0, router: 0)
        #expect(choices.batches.map(\.rank.index) == [0, 2, 4, 6])
        let batches = routing.batches(step: 0, router: 0)
        #expect(
            routing.choices(batches).batches.map(\.assignment) == choices.batches.map(\.assignment)
        )
    }

    @Test func `is compared with what a step that was played tells`() throws {
        let routing = try TokenRouting(try plan(.switch))
        var inputs = routing.inputs(step: 0, router: 0)
        inputs[2].kept[1] += 1
        let difference = routing.choices(step: 0, router: 0).difference(from: inputs)
        #expect(difference?.hasPrefix("rank 2 keeps [") == true)
    }
}
