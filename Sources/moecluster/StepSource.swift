import ClusterModel
import ClusterRuntime
import Exchange
import Links
import Simulation
import Statistics

/// Where a run's steps come from: workers that exchange bytes, or machines in virtual time.
protocol StepSource: AnyObject {
    /// Plays one step and gives its segments, in order; `serial` counts what is played.
    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> [StepOutcome]
}

extension Coordinator: StepSource {
    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> [StepOutcome] {
        defer { serial += 1 }
        return [try runStep(step, router: router, isWarmup: isWarmup, serial: serial)]
    }
}

/// The whole cluster in this process: tokens are routed for real, bytes are only counted.
final class VirtualCluster: StepSource {
    private let plan: ClusterPlan
    private let ports: PortMap
    private let routing: TokenRouting
    private let player: FaultPlayer?

    init(plan: ClusterPlan, routing: TokenRouting, player: FaultPlayer? = nil) {
        self.player = player
        self.plan = plan
        self.routing = routing
        ports = PortMap(layout: RankLayout(plan), links: plan.links)
    }

    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> [StepOutcome] {
        var outcome = try outcome(of: step, router: router, isWarmup: isWarmup)
        var simulation = StepSimulation(
            programs: outcome.programs,
            ports: ports,
            chunk: plan.exchange.chunk
        )
        outcome.stageEnds = try simulation.run().stageEnds
        return [outcome]
    }

    /// What each rank would do in a step.
    func programs(step: Int, router: Int) throws -> [RankProgram] {
        try outcome(of: step, router: router, isWarmup: false).programs
    }

    /// A step that has been routed, not played.
    private func outcome(of step: Int, router: Int, isWarmup: Bool) throws -> StepOutcome {
        let inputs = routing.inputs(step: step, router: router)
        let planned = try StepCompiler(plan: plan, ports: ports).compile(inputs, .layer)
        let compiled = player?.change(planned) ?? planned
        var outcome = StepOutcome(
            step: step,
            router: router,
            isWarmup: isWarmup,
            inputs: inputs,
            algorithm: compiled.choice,
            stageEnds: [],
            lateness: LatenessHistogram(),
            verification: Verification(),
            digests: [],
            wallNanoseconds: 0,
            skippedNanoseconds: 0,
            cpuBusy: 0
        )
        outcome.programs = compiled.programs
        return outcome
    }
}
