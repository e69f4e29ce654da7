import ClusterModel
import Exchange
import Routing
import Testing
import TokenData

@testable import ClusterRuntime

@Suite struct `A trace of routers that learn` {
    private let text: SmallText

    init() throws { text = try SmallText() }

    private func reference(_ plan: ClusterPlan) throws -> TrainingReference {
        var plan = plan
        plan.training.corpus = text.path
        return try TrainingReference(plan)
    }

    /// The lines of a layer, as they are exported.
    private func lines(_ steps: [TrainedStep], layer: Int, _ layout: RankLayout) -> String {
        steps.enumerated().flatMap { step, trained in
            trained.choices[layer].traced(over: layout).map { rank, batch in
                TraceText.line(batch, step: step, layer: layer, rank: rank.index)
            }
        }
        .joined(separator: "\n")
    }

    private func read(_ text: String, _ plan: ClusterPlan) throws -> RoutingTrace {
        let layout = RankLayout(plan)
        return try TraceFile.read(
            text,
            of: "trace",
            fitting: .init(
                world: plan.world,
                sources: layout.leaders.map(\.index),
                tokens: plan.workload.tokensPerNPU,
                experts: plan.model.experts
            )
        )
    }

    @Test(arguments: [
        (RouterName.switch, 1, CapacityScope.source, PayloadLayout.exact),
        (.locmoePlus, 1, .global, .exact), (.gshard, 2, .source, .padded),
        (.adaK, 1, .source, .padded), (.expertChoice, 1, .global, .exact),
    ])
    func `replayed is the same traffic, byte for byte`(
        router: RouterName,
        tp: Int,
        scope: CapacityScope,
        layout: PayloadLayout
    ) throws {
        var plan = try PlayedCluster.plan(router, tp: tp, npus: 2 * tp, layout: layout)
        (plan.model.layers, plan.routing.capacityScope) = (2, scope)
        if router == .locmoePlus {
            (plan.routing.mode, plan.routing.expertChoiceFrom) = (.adaptive, 1)
        }
        let reference = try reference(plan)
        let steps = try (0..<3).map { _ in try reference.train(router: 0) }
        let traffic = ExpertTraffic(plan)
        for layer in 0..<2 {
            let lines = lines(steps, layer: layer, traffic.layout)
            let replay = TraceRouter(try read(lines, plan), world: plan.world)
            for (step, trained) in steps.enumerated() {
                let loads = traffic.layout.ranks.map { rank in
                    let label = UInt64(step * plan.world + rank.index)
                    let assignment = replay.assign(
                        TokenBatch(width: 1, features: [], label: label)
                    )
                    return LayerLoad(assignment, gate: .zero)
                }
                let segment = try #require(
                    trained.segments.first { $0.segment == .forward(layer: layer) }
                )
                let replayed = traffic.inputs(loads, model: plan.model)
                #expect(replayed.map(\.send) == segment.inputs.map(\.send))
                #expect(replayed.map(\.kept) == segment.inputs.map(\.kept))
                #expect(replayed.map(\.dropped) == segment.inputs.map(\.dropped))
                #expect(replayed.map(\.expert) == segment.inputs.map(\.expert))
            }
        }
    }

    @Test func `has who was left out without tokens`() throws {
        let plan = try PlayedCluster.plan(.switch)
        let reference = try reference(plan)
        let step = try reference.train(router: 0, excluded: [Rank(2)])
        #expect(step.choices[0].batches.map(\.rank.index) == [0, 1, 3])
        let trace = try read(lines([step], layer: 0, RankLayout(plan)), plan)
        #expect(trace.steps[0].mapValues(\.choices.count) == [0: 256, 1: 256, 2: 0, 3: 256])
    }

    @Test func `has what faults did to experts`() throws {
        let reference = try reference(try PlayedCluster.plan(.switch))
        let lost = ExpertHurt(expert: ExpertIndex(1), kind: .lost)
        let step = try reference.train(router: 0, hurts: [lost])
        for batch in step.choices[0].batches {
            #expect(batch.assignment.countPerExpert[1] == 0)
        }
    }
}
