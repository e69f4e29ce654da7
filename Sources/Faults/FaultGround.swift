// What faults may stand on: how large the cluster is and how long the run.

import ClusterModel

/// The cluster and the run, as far as faults must know them.
public struct FaultGround: Hashable, Sendable {
    public var nodes: Int
    public var npusPerNode: Int
    public var experts: Int
    /// Warm-up included.
    public var steps: Int
    public var links: [FaultLinkClass]

    public init(
        nodes: Int,
        npusPerNode: Int,
        experts: Int,
        steps: Int,
        links: [FaultLinkClass]
    ) {
        self.nodes = nodes
        self.npusPerNode = npusPerNode
        self.experts = experts
        self.steps = steps
        self.links = links
    }

    public init(_ plan: ClusterPlan) {
        var links: [FaultLinkClass] = plan.npusPerNode > 1 ? [.hccs] : []
        if plan.links.pcie != nil { links.append(.pcie) }
        if plan.nodes > 1 { links.append(.roce) }
        if plan.links.uplink != nil { links.append(.uplink) }
        self.init(
            nodes: plan.nodes,
            npusPerNode: plan.npusPerNode,
            experts: plan.model.experts,
            steps: plan.workload.warmup + plan.workload.steps,
            links: links
        )
    }

    public var world: Int { nodes * npusPerNode }

    /// Whether a target of this sort can be had at all.
    func has(_ sort: FaultTargetSort) -> Bool {
        switch sort {
        case .npu, .node, .coordinator, .cluster: true
        case .link: !links.isEmpty
        case .pair: world > 1
        case .expert: experts > 0
        }
    }

    func draw(_ sort: FaultTargetSort, _ random: inout SeededRandom) -> FaultTarget {
        switch sort {
        case .npu: return .npu(Rank(random.next(below: world)))
        case .node: return .node(NodeIndex(random.next(below: nodes)))
        case .link: return .link(links[random.next(below: links.count)])
        case .expert: return .expert(ExpertIndex(random.next(below: experts)))
        case .coordinator: return .coordinator
        case .cluster: return .cluster
        case .pair:
            let from = random.next(below: world)
            let other = random.next(below: world - 1)
            return .pair(from: Rank(from), to: Rank(other < from ? other : other + 1))
        }
    }
}
