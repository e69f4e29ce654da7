import ClusterModel
import Exchange
import Links
import Simulation
import Testing
import Workloads

/// A cluster whose steps are bare exchanges of a workload.
struct BarePlan {
    let plan: ClusterPlan
    let ports: PortMap

    init(nodes: Int, npus: Int, tp: Int = 1) throws {
        ports = try SimulationTests.ports(nodes: nodes, npus: npus, tp: tp)
        plan = ClusterPlan(
            preset: .ascend910B3,
            nodes: nodes,
            npusPerNode: npus,
            dilation: .fixed(1),
            links: ports.links,
            parallel: ports.layout.parallel,
            model: ModelShape(
                hidden: 512,
                ffn: 2_048,
                experts: ports.layout.experts,
                layers: 1,
                dtype: .fp16,
                utilisation: 0.5,
                peakFlops: 1e14
            ),
            workload: Workload(
                tokens: "none",
                tokensPerNPU: 64,
                sharding: .iid,
                steps: 1,
                warmup: 0,
                seed: 1
            ),
            routing: RoutingSettings(
                routers: [.switch],
                baseline: .switch,
                topK: 1,
                capacityFactor: 2,
                capacityFloor: 1,
                threshold: 1,
                mode: .tcr,
                policy: .drop
            ),
            exchange: ExchangeSettings(
                algorithm: .auto,
                layout: .exact,
                chunk: ByteCount(65_536)
            )
        )
    }

    /// The traffic of a step whose pairs have `mean` bytes on average.
    func matrix(
        _ workload: SyntheticWorkload,
        mean: Int,
        seed: UInt64 = 1,
        step: Int = 0
    ) -> TrafficMatrix {
        WorkloadMatrix(
            workload,
            seed: seed,
            step: step,
            layout: ports.layout,
            mean: ByteCount(mean)
        ).matrix
    }

    /// The same over other links.
    func over(_ links: LinkSettings) -> BarePlan {
        var plan = plan
        plan.links = links
        return BarePlan(plan: plan, ports: PortMap(layout: ports.layout, links: links))
    }

    private init(plan: ClusterPlan, ports: PortMap) {
        (self.plan, self.ports) = (plan, ports)
    }

    func inputs(_ matrix: TrafficMatrix) -> [RankInput] {
        matrix.rows.map {
            RankInput(
                send: $0,
                kept: [],
                offered: 0,
                dropped: 0,
                capacity: 0,
                gate: .zero,
                expert: .zero,
                bufferBytes: 0
            )
        }
    }
}

extension ExchangeAlgorithm {
    /// Those that a plan can name beside `auto`.
    static let named = allCases.filter { $0 != .auto }
}

/// How long a step takes in virtual time.
func time(_ programs: [RankProgram], over ports: PortMap) throws -> Interval {
    var simulation = StepSimulation(programs: programs, ports: ports, chunk: ByteCount(65_536))
    return try simulation.run().finish - Instant.zero
}
