// Whether what somebody took for the cause of a fault is what was struck.

import ClusterModel
import Faults
import Links

extension FaultEvent {
    /// Whether `cause` names something that the strike hurts: of links a way of theirs in its own
    /// direction, of a connection one of its ends or both, of a process the rank that has it.
    func isNamed(by cause: FaultTarget, over ports: PortMap) -> Bool {
        switch kind {
        case .link, .partition, .node(.uplinkDown):
            return ways(over: ports).contains { cause.holds($0, ports) }
        case .process, .compute, .node(.kill), .connection, .coordinator(.controlLost),
            .resource(.descriptors):
            let hurt = Set(target.ranks(on: ports.layout))
            return !hurt.isDisjoint(with: cause.ranks(on: ports.layout))
        case .coordinator, .expert, .resource: return cause == target
        }
    }
}

extension FaultTarget {
    fileprivate func holds(_ way: RankWay, _ ports: PortMap) -> Bool {
        switch self {
        case .pair(let from, let to): way == RankWay(from: from, to: to)
        case .link(let link): link.holds(way.from, way.to, ports)
        case .cluster: true
        case .npu, .node:
            !Set(ranks(on: ports.layout)).isDisjoint(with: [way.from, way.to])
        case .expert, .coordinator, .random: false
        }
    }
}
