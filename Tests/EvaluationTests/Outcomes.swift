import ClusterModel
import Exchange
import Links
import Simulation
import Statistics
import Testing

@testable import Evaluation

/// Two nodes of two NPUs, an expert each; routers "switch" (the baseline) and "locmoe+".
func plan() throws -> ClusterPlan {
    ClusterPlan(
        preset: .ascend910B3,
        nodes: 2,
        npusPerNode: 2,
        dilation: .fixed(1),
        links: try #require(Preset.ascend910B3.links),
        parallel: ParallelDegrees(tp: 1, ep: 4, dp: 1),
        model: ModelShape(
            hidden: 512,
            ffn: 2_048,
            experts: 4,
            layers: 1,
            dtype: .fp16,
            utilisation: 0.5,
            peakFlops: 1e14
        ),
        workload: Workload(
            tokens: "none",
            tokensPerNPU: 64,
            sharding: .iid,
            steps: 2,
            warmup: 0,
            seed: 1
        ),
        routing: RoutingSettings(
            routers: [.switch, .locmoePlus],
            baseline: .switch,
            topK: 1,
            capacityFactor: 2,
            capacityFloor: 1,
            threshold: 1,
            mode: .tcr,
            policy: .drop
        ),
        exchange: ExchangeSettings(
            algorithm: .direct,
            layout: .exact,
            chunk: ByteCount(4_096)
        )
    )
}

/// A step with random loads of a seed, as if it had been measured exactly as it is simulated.
func outcome(
    seed: UInt64,
    step: Int = 0,
    router: Int = 0,
    isWarmup: Bool = false
) throws -> StepOutcome {
    let plan = try plan()
    let traffic = ExpertTraffic(plan)
    var random = SeededRandom(seed: seed)
    let kept = (0..<4).map { _ in (0..<4).map { _ in random.next(below: 40) } }
    var outcome = StepOutcome(
        step: step,
        router: router,
        isWarmup: isWarmup,
        inputs: (0..<4).map { rank in
            let tokens = kept.reduce(0) { $0 + $1[rank] }
            return RankInput(
                send: traffic.send(from: Rank(rank), kept: kept[rank], capacity: 40),
                kept: kept[rank],
                offered: 160,
                dropped: 160 - kept[rank].reduce(0, +),
                capacity: 40,
                gate: Interval(picoseconds: 1_000_000),
                expert: plan.model.expertTime(tokens: tokens),
                bufferBytes: 1_000
            )
        },
        algorithm: AlgorithmChoice(.direct, reason: "set in the configuration"),
        stageEnds: [],
        lateness: LatenessHistogram(),
        verification: Verification(),
        digests: [1, 2, 3, 4],
        wallNanoseconds: 5_000_000,
        skippedNanoseconds: 1_000_000,
        cpuBusy: 0.25
    )
    let ports = PortMap(layout: traffic.layout, links: plan.links)
    outcome.programs = StepDemand(outcome.inputs, shape: .layer, plan: plan).programs(
        .direct,
        over: ports
    )
    var simulation = StepSimulation(
        programs: outcome.programs,
        ports: ports,
        chunk: plan.exchange.chunk
    )
    outcome.stageEnds = try simulation.run().stageEnds
    return outcome
}
