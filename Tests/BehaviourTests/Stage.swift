import ClusterModel
import Exchange
import Links
import Routing
import Simulation
import Testing

/// Where decisions become time: an MoE layer of the default plan's model on a 910B3, forward.
struct Stage {
    private let plan: ClusterPlan

    init(_ course: Course) throws {
        plan = ClusterPlan(
            preset: .ascend910B3,
            nodes: course.nodes,
            npusPerNode: course.npus,
            dilation: .fixed(1),
            links: try #require(Preset.ascend910B3.links),
            parallel: course.layout.parallel,
            model: ModelShape(
                hidden: 4_096,
                ffn: 14_336,
                experts: course.experts,
                layers: 1,
                dtype: .bf16,
                utilisation: 0.4,
                peakFlops: 313e12
            ),
            workload: Workload(
                tokens: "none",
                tokensPerNPU: Course.tokens,
                sharding: course.sharding,
                steps: 1,
                warmup: 0,
                seed: 1
            ),
            routing: course.routing,
            exchange: ExchangeSettings(
                algorithm: .direct,
                layout: .exact,
                chunk: ByteCount(65_536)
            )
        )
    }

    /// Emulated µs of the step and of the slowest rank's experts.
    func play(_ assignments: [Assignment]) throws -> (step: Double, expert: Double) {
        let loads = assignments.map {
            LayerLoad(
                kept: $0.countPerExpert,
                offered: $0.offered,
                dropped: $0.dropped,
                capacity: $0.capacity,
                gate: .zero
            )
        }
        let inputs = ExpertTraffic(plan).inputs(loads, model: plan.model)
        var simulation = StepSimulation(
            programs: try StepCompiler(plan: plan).compile(inputs, .layer).programs,
            ports: PortMap(layout: RankLayout(plan), links: plan.links),
            chunk: plan.exchange.chunk
        )
        let finish = try simulation.run().stageEnds.joined().max() ?? .zero
        return (
            (finish - Instant.zero).microseconds,
            inputs.map(\.expert.microseconds).max() ?? 0
        )
    }
}
