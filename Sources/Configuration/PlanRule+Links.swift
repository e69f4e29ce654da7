// What the links must be to one another and to the nodes.

import ClusterModel

extension PlanRule {
    private static let pcieKeys = [
        "links.pcie.bandwidth", "links.pcie.latency", "links.pcie.message_overhead",
    ]

    static let quadSize = PlanRule(["links.hccs.topology", "cluster.npus_per_node"]) { draft in
        let (npus, most) = (draft.plan.npusPerNode, 2 * HCCSTopology.quadSize)
        guard draft.plan.links.topology == .quads, npus > most else { return nil }
        return Complaint(
            seen: "\(npus) NPUs a node do not fit in two quads",
            expected: "npus_per_node to be at most \(most), or another topology"
        )
    }

    static let pcieIsGiven = PlanRule(["links.hccs.topology"] + pcieKeys) { draft in
        guard LinkChoice(draft).isPCIeMissing else { return nil }
        return Complaint(
            seen: "\"quads\" without what joins them",
            expected: "bandwidth and latency under [links.pcie]"
        )
    }

    static let pcieIsUsed = PlanRule(pcieKeys + ["links.hccs.topology"]) { draft in
        guard LinkChoice(draft).isPCIeUseless else { return nil }
        let topology = draft.plan.links.topology.rawValue
        return Complaint(
            seen: "PCIe joins quads, and the topology is \"\(topology)\"",
            expected: "links.hccs.topology = \"quads\", or no section [links.pcie]"
        )
    }

    /// On a mesh each pair has a link of its own, and only the pairs of a server have one.
    static let planeIsSwitched = PlanRule(["links.hccs.nodes", "links.hccs.topology"]) { draft in
        let links = draft.plan.links
        guard links.planeNodes > 1, links.topology != .switch else { return nil }
        return Complaint(
            seen: "a \"\(links.topology.rawValue)\" cannot join \(links.planeNodes) nodes",
            expected: "nodes = 1, or the topology \"switch\""
        )
    }

    static let leafIsGiven = PlanRule([
        "links.uplink.oversubscription", "links.uplink.nodes_per_leaf",
    ]) { draft in
        guard LinkChoice(draft).isLeafMissing else { return nil }
        return Complaint(
            seen: "an uplink of leaves of unknown size",
            expected: "nodes_per_leaf beside it"
        )
    }
}
