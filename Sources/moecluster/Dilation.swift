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
        for step in programs {
            var simulation = StepSimulation(
                programs: step,
                ports: ports,
                chunk: plan.exchange.chunk,
                recordsCrossings: true
            )
            demand.add(try simulation.run().crossings)
        }
        let pacing = HostPacing(world: plan.world)
        let window = pacing.window
        value = demand.dilation(
            bytesPerSecond: HostProbe.share * host.loopbackBytesPerSecond,
            windowNanoseconds: window,
            reactionNanoseconds: pacing.reaction
        )
        reason =
            "auto: the smallest at which every chunk can be in time when at most "
            + "\(Int(HostProbe.share * 100)) % of the \(host.loopbackText) GB/s that this host's "
            + "sockets carry are used, and chunks are sent \(window / 1_000_000) ms early"
    }
}
