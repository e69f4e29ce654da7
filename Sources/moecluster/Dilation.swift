import ClusterModel
import ClusterRuntime
import Links

/// How much emulated durations are stretched on this host.
enum Dilation {
    /// The plan's own figure, or the smallest that the host can carry; with the reason.
    static func choose(_ plan: ClusterPlan, _ host: HostCapacity) -> (Double, reason: String) {
        switch plan.dilation {
        case .fixed(let value):
            return (value, "set in the configuration")
        case .auto:
            let ports = PortMap(layout: RankLayout(plan), links: plan.links)
            return HostProbe.dilation(
                peakBytesPerSecond: ports.peakBytesPerSecond,
                capacity: host.loopbackBytesPerSecond
            )
        }
    }
}
