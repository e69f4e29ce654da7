// Which ways between ranks a strike hurts, and what it does to them.

import ClusterModel
import Faults
import Links

/// One way between two ranks.
public struct RankWay: Hashable, Comparable, Sendable {
    public let from: Rank
    public let to: Rank

    public init(from: Rank, to: Rank) {
        self.from = from
        self.to = to
    }

    public static func < (a: RankWay, b: RankWay) -> Bool { (a.from, a.to) < (b.from, b.to) }
}

extension FaultEvent {
    /// What becomes of chunks while it holds, `nil` of a kind that leaves ways as they are.
    var effect: LinkEffect? {
        switch kind {
        case .link(let fault): fault.effect
        case .partition, .node(.uplinkDown): .down
        case .process, .compute, .connection, .node(.kill), .coordinator, .expert, .resource: nil
        }
    }

    /// The ways it hurts, in the order of ranks.
    func ways(over ports: PortMap) -> [RankWay] {
        let ranks = ports.layout.ranks
        return ranks.flatMap { from in
            ranks.filter { $0 != from && hurts(from, $0, ports) }
                .map { RankWay(from: from, to: $0) }
        }
    }

    private func hurts(_ from: Rank, _ to: Rank, _ ports: PortMap) -> Bool {
        let nodes = (ports.layout.node(of: from), ports.layout.node(of: to))
        switch (kind, target) {
        case (.partition(let partition), _):
            return partition.cuts(
                nodes.0,
                nodes.1,
                target: target.node,
                nodes: ports.layout.nodes
            )
        case (.node(.uplinkDown), .node(let node)):
            return nodes.0 != nodes.1 && (nodes.0 == node || nodes.1 == node)
        case (_, .pair(let a, let b)): return a == from && b == to
        case (_, .node(let node)): return nodes.0 == node || nodes.1 == node
        case (_, .npu(let rank)): return rank == from || rank == to
        case (_, .link(let link)): return link.holds(from, to, ports)
        default: return false
        }
    }
}

extension FaultLinkClass {
    func holds(_ from: Rank, _ to: Rank, _ ports: PortMap) -> Bool {
        let link = ports.link(from, to)
        return switch self {
        case .hccs: link == .hccs
        case .pcie: link == .pcie
        case .roce: link == .roce
        case .uplink: link == .roce && ports.route(from: from, to: to).sharedOut != nil
        }
    }
}

extension FaultTarget {
    fileprivate var node: NodeIndex? { if case .node(let node) = self { node } else { nil } }
}

extension LinkFault {
    fileprivate var effect: LinkEffect {
        switch self {
        case .bandwidth(let factor): .rate(factor: factor)
        case .latency(let added, let jitter): .delay(added: added, jitter: jitter)
        case .down: .down
        case .flap(let period): .flap(period: period)
        case .loss(let ratio, let delay): .loss(ratio, delay: delay)
        case .duplicate(let ratio): .touch(.doubled, ratio)
        case .reorder(let ratio): .touch(.overtaken, ratio)
        case .corrupt(let ratio): .touch(.corrupt, ratio)
        case .truncate(let ratio): .touch(.truncated, ratio)
        case .drop(let ratio): .touch(.swallowed, ratio)
        case .stale(let ratio, let age): .touch(.followedByStale(age: age), ratio)
        }
    }
}
