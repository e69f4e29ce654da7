import ClusterModel
import ClusterRuntime
import Exchange
import Links
import Simulation

/// How much emulated durations are stretched on this host, and why.
struct Dilation {
    let value: Double
    let reason: String

    /// The plan's own figure, or the smallest that the host can carry for steps that are typical
    /// of the run: `programs` has one for each rank.
    init(_ plan: ClusterPlan, _ host: HostCapacity, steps programs: [[RankProgram]]) throws {
        if case .fixed(let value) = plan.dilation {
            self.value = value
            reason = "set in the configuration"
            return
        }
        let ports = PortMap(layout: RankLayout(plan), links: plan.links)
        var demand = TrafficDemand()
        var resolved = 1.0
        let pacing = HostPacing(world: plan.world)
        for step in programs {
            var simulation = StepSimulation(
                programs: step,
                ports: ports,
                chunk: plan.exchange.chunk,
                recordsCrossings: true
            )
            let times = try simulation.run()
            demand.add(times.crossings + Self.hostWork(step, times))
            resolved = max(resolved, Self.resolving(step, times, pacing))
        }
        let window = pacing.window
        let carried = demand.dilation(
            bytesPerSecond: HostProbe.share * host.loopbackBytesPerSecond,
            windowNanoseconds: window,
            reactionNanoseconds: pacing.reaction
        )
        value = max(carried, resolved.rounded(.up))
        reason =
            value > carried
            ? "auto: the smallest at which this host's timers, some "
                + "\(pacing.overshoot / 1000) us late, are no more than a trace of an exchange"
            : "auto: the smallest at which every chunk can be in time when at most "
                + "\(Int(HostProbe.share * 100)) % of the \(host.loopbackText) GB/s that this "
                + "host's sockets carry are used, and chunks are sent "
                + "\(window / 1_000_000) ms early"
    }

    /// How much of an exchange the host's timers may be late: what a bench wants to see, and what
    /// is enough beside modelled compute.
    private static let bareShare = 0.0005
    private static let layerShare = 0.002

    /// What a rank's host does to the bytes of a dispatch once it has them: it stands for the
    /// experts, has no instant to be ready by, and keeps a core from moving chunks meanwhile.
    private static func hostWork(_ programs: [RankProgram], _ times: StepTimes) -> [Crossing] {
        var work: [Crossing] = []
        for (rank, program) in programs.enumerated() {
            for (index, stage) in program.stages.enumerated()
            where stage.role.kind == .dispatch && stage.role.isLastRound {
                guard let exchange = stage.exchange, exchange.bytesIn > 0 else { continue }
                work.append(
                    Crossing(
                        start: times.stageEnds[rank][index],
                        arrive: Instant(picoseconds: .max / 4),
                        bytes: exchange.bytesIn,
                        mayLeaveEarly: false
                    )
                )
            }
        }
        return work
    }

    /// The smallest dilation at which the first exchange of a step lasts long beside the lateness
    /// of the host's timers.
    private static func resolving(
        _ programs: [RankProgram],
        _ times: StepTimes,
        _ pacing: HostPacing
    ) -> Double {
        guard let stages = programs.first?.stages else { return 1 }
        func last(_ kind: StageKind) -> Instant {
            let indices = stages.indices.filter { stages[$0].role.kind == kind }
            return times.stageEnds.flatMap { ends in indices.map { ends[$0] } }.max() ?? .zero
        }
        let exchange = (last(.dispatch) - last(.gate)).seconds
        guard exchange > 0 else { return 1 }
        let isBare = !stages.contains { $0.role.kind == .gate }
        let share = isBare ? bareShare : layerShare
        return Double(pacing.overshoot) / 1e9 / (share * exchange)
    }
}
