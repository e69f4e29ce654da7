// What a set of slow ways is called: a link class, a node or an NPU where all its ways are slow,
// else each way by itself.

import ClusterModel
import Faults
import Links

/// A name of slow ways.
struct SlowWayName: Equatable {
    var cause: FaultTarget
    /// Ways that `cause` does not name.
    var others: Int
}

/// Names slow ways by comparing them with the others that something went over.
struct SlowWayNames {
    private let slow: Set<RankWay>
    private var groups: [(cause: FaultTarget, ways: Set<RankWay>)] = []

    /// `used`: all ways over which chunks went meanwhile.
    init(_ slow: Set<RankWay>, of used: Set<RankWay>, over ports: PortMap) {
        self.slow = slow
        let layout = ports.layout
        for link in FaultLinkClass.allCases {
            add(.link(link), used.filter { link.holds($0.from, $0.to, ports) })
        }
        for node in Set(slow.flatMap { [layout.node(of: $0.from), layout.node(of: $0.to)] })
            .sorted(by: { $0.index < $1.index })
        {
            add(
                .node(node),
                used.filter {
                    (layout.node(of: $0.from) == node) != (layout.node(of: $0.to) == node)
                }
            )
        }
        for rank in Set(slow.flatMap { [$0.from, $0.to] }).sorted() {
            add(.npu(rank), used.filter { $0.from == rank || $0.to == rank })
        }
    }

    /// One way has a name of its own.
    private mutating func add(_ target: FaultTarget, _ ways: Set<RankWay>) {
        guard ways.count > 1, ways.isSubset(of: slow) else { return }
        groups.append((target, ways))
    }

    /// The name of some of the slow ways: of what most of them have in common, else of the first.
    func name(of ways: Set<RankWay>) -> SlowWayName? {
        guard let first = ways.min() else { return nil }
        var best = SlowWayName(
            cause: .pair(from: first.from, to: first.to),
            others: ways.count - 1
        )
        for group in groups {
            let others = ways.subtracting(group.ways).count
            if others < best.others { best = SlowWayName(cause: group.cause, others: others) }
        }
        return best
    }
}
