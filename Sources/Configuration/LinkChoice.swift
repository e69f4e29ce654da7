// The sections [links.pcie] and [links.uplink]: a plan has them or not, by its topology and by
// what the user or the preset says.

import ClusterModel

/// The optional links that a draft asks for.
struct LinkChoice {
    private let draft: PlanDraft
    private let preset: LinkSettings?

    init(_ draft: PlanDraft) {
        self.draft = draft
        preset = draft.plan.preset.links
    }

    private var hasQuads: Bool { draft.plan.links.topology == .quads }

    /// Only with quads, which need it.
    var pcie: LinkRate? {
        guard hasQuads, let bandwidth = draft.pcie.bandwidth ?? preset?.pcie?.bandwidth,
            let latency = draft.pcie.latency ?? preset?.pcie?.latency
        else { return nil }
        return LinkRate(
            bandwidth: bandwidth,
            latency: latency,
            messageOverhead: draft.pcie.messageOverhead ?? preset?.pcie?.messageOverhead ?? .zero
        )
    }

    var isPCIeMissing: Bool { hasQuads && pcie == nil }
    var isPCIeUseless: Bool { !hasQuads && draft.pcie != PCIeDraft() }

    /// One to one, unless more is said.
    var uplink: LeafUplink? {
        guard let nodes = draft.uplink.nodesPerLeaf ?? preset?.uplink?.nodesPerLeaf else {
            return nil
        }
        let share = draft.uplink.oversubscription ?? preset?.uplink?.oversubscription
        return LeafUplink(nodesPerLeaf: nodes, oversubscription: share ?? 1)
    }

    var isLeafMissing: Bool { uplink == nil && draft.uplink != UplinkDraft() }
}
