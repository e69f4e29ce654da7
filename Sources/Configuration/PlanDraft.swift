// The plan while it is being read.

import ClusterModel
import Faults

/// What was written under [links.pcie]; `nil` is the preset's.
struct PCIeDraft: Hashable, Sendable {
    var bandwidth: Bandwidth?
    var latency: Interval?
    var messageOverhead: Interval?
}

/// What was written under [links.uplink]; `nil` is the preset's.
struct UplinkDraft: Hashable, Sendable {
    var nodesPerLeaf: Int?
    var oversubscription: Double?
}

/// A plan under construction, with the choices that are settled when all keys are known.
struct PlanDraft: Sendable {
    var plan: ClusterPlan
    /// `nil` is "auto".
    var ep: Int?
    /// `nil` is "auto".
    var dp: Int?
    /// `nil` until given: the first of the routers.
    var baseline: RouterName?
    var pcie = PCIeDraft()
    var uplink = UplinkDraft()
    var recovery = RecoveryPolicy.abort

    /// Placeholders: the key table has a default for each.
    init() {
        let link = LinkRate(bandwidth: Bandwidth(bytesPerSecond: 1), latency: .zero)
        plan = ClusterPlan(
            preset: .custom,
            nodes: 1,
            npusPerNode: 1,
            dilation: .auto,
            links: LinkSettings(hccs: link, topology: .mesh, roce: link),
            parallel: ParallelDegrees(tp: 1, ep: 1, dp: 1),
            model: ModelShape(
                hidden: 1,
                ffn: 1,
                experts: 1,
                layers: 1,
                dtype: .bf16,
                utilisation: 1,
                peakFlops: 1
            ),
            workload: Workload(
                tokens: "",
                tokensPerNPU: 1,
                sharding: .iid,
                steps: 1,
                warmup: 0,
                seed: 0
            ),
            routing: RoutingSettings(
                routers: [],
                baseline: .switch,
                topK: 1,
                capacityFactor: 1,
                capacityFloor: 1,
                threshold: 1,
                mode: .ecr,
                policy: .drop
            ),
            exchange: ExchangeSettings(algorithm: .auto, layout: .exact, chunk: .zero)
        )
    }
}
