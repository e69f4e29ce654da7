// Connections between workers that are reset, go silent, or cannot be made.

import ClusterModel
import ClusterRuntime
import FaultPlay
import Faults
import Links

/// Strikes at connections of the mesh; what comes of them is found at links.
final class ConnectionStriker: FaultStriker {
    private let layout: RankLayout

    init(_ plan: ClusterPlan) { layout = RankLayout(plan) }

    func plays(_ kind: FaultKind) -> Bool { if case .connection = kind { true } else { false } }

    func strike(_ event: FaultEvent, on coordinator: Coordinator) -> StrikeEffect {
        order(event, coordinator, heals: false)
        return .none
    }

    func end(_ event: FaultEvent, on coordinator: Coordinator) {
        order(event, coordinator, heals: true)
    }

    func collect(from coordinator: Coordinator, into book: inout FaultBook) {}

    private func order(_ event: FaultEvent, _ coordinator: Coordinator, heals: Bool) {
        guard case .connection(let fault) = event.kind else { return }
        let hurt = ConnectionHurt(fault)
        switch event.target {
        case .npu(let rank):
            let peers = layout.ranks.filter { $0 != rank }
            coordinator.hurt(rank, hurt, peers: peers, heals: heals)
        case .pair(let from, let to):
            // Who is connected to is the one who can turn away: the lower of the two.
            let isAtDoor = fault == .refuse || fault == .acceptAndHang
            let (rank, peer) = isAtDoor ? (min(from, to), max(from, to)) : (from, to)
            coordinator.hurt(rank, hurt, peers: [peer], heals: heals)
        case .node, .link, .expert, .coordinator, .cluster, .random: break
        }
    }
}

extension ConnectionHurt {
    fileprivate init(_ fault: ConnectionFault) {
        self =
            switch fault {
            case .reset: .reset
            case .halfOpen: .swallow
            case .refuse: .refuse
            case .acceptAndHang: .hang
            }
    }
}
