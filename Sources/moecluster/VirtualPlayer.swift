// Steps and segments in virtual time: compiled, hurt where faults say so, played by the machines.

import ClusterModel
import Exchange
import Links
import Simulation

/// Makes and plays steps of a plan.
struct VirtualPlayer {
    let plan: ClusterPlan
    private let ports: PortMap
    private let faults: FaultPlayer?

    init(plan: ClusterPlan, faults: FaultPlayer?) {
        self.plan = plan
        self.faults = faults
        ports = PortMap(layout: RankLayout(plan), links: plan.links)
    }

    /// What faults do to the experts in the present step.
    var expertHurts: [ExpertHurt] { faults?.expertHurts ?? [] }

    /// A step that is compiled and not played: when its stages end is not known.
    func planned(
        _ inputs: [RankInput],
        _ shape: StepShape,
        segment: StepSegment = .routed,
        step: Int,
        router: Int,
        isWarmup: Bool
    ) throws -> StepOutcome {
        let own =
            shape.visitsExperts ? AlgorithmChoice(ownOf: plan.routing.routers[router]) : nil
        var whole = try StepCompiler(plan: plan, ports: ports)
            .compile(inputs, shape, own?.algorithm)
        if let own { whole.choice = own }
        let compiled = faults?.change(whole) ?? whole
        var outcome = StepOutcome(
            step: step,
            router: router,
            isWarmup: isWarmup,
            inputs: inputs,
            algorithm: compiled.choice
        )
        outcome.programs = compiled.programs
        outcome.segment = segment
        return outcome
    }

    /// Plays it.
    func play(_ outcome: inout StepOutcome) throws {
        var simulation = StepSimulation(
            programs: outcome.programs,
            ports: ports,
            chunk: plan.exchange.chunk,
            resends: faults?.resends
        )
        let times = try simulation.run()
        outcome.stageEnds = times.stageEnds
        faults?.played(times.ways, stageEnds: outcome.stageEnds)
    }
}
