// A node's bytes leave and enter through all of its NICs alike, whoever they are from and for, as
// far as its ports inside can hand them over: spread inside the node first, then between nodes,
// then handed over, chunk by chunk as they come.
// Its time comes near LB3, the bound for exchanges that may relay.

import ClusterModel
import Links

/// Plans the balanced exchange.
enum BalancedSchedule {
    /// Runs shorter than this take the direct way: a relay would cost more than it saves.
    static let runMin = 4096

    static func plan(_ messages: MessageMatrix, _ ports: PortMap) -> ExchangeSchedule {
        let layout = ports.layout
        let ways = ways(messages, ports)
        var quanta = PortQuanta(world: layout.world)
        for way in ways { quanta.count(way) }
        var builder = ScheduleBuilder(world: layout.world, ends: [.ownBytes])
        for way in ways {
            let run = quanta.sized(way)
            var feed: PlannedStream?
            for (from, to) in zip(way.hops, way.hops.dropFirst()) {
                feed = builder.send(run, from: from, to: to, feed: feed)
            }
        }
        return builder.schedule
    }

    private static func ways(_ messages: MessageMatrix, _ ports: PortMap) -> [Way] {
        let layout = ports.layout
        let nodes = (0..<layout.nodes).map { index in
            let node = NodeIndex(index)
            return (node: node, shares: RelayShares(of: node, messages.bytes, ports))
        }
        var ways: [Way] = []
        for (node, _) in nodes {
            appendDirect(from: node, to: node, messages, layout, to: &ways)
        }
        for step in 1..<max(2, layout.nodes) {
            for node in nodes.indices where layout.nodes > 1 {
                let other = nodes[(node + step) % layout.nodes]
                let ends = [nodes[node].node, other.node].map { layout.rank(on: $0, index: 0) }
                guard ports.link(ends[0], ends[1]) == .roce else {
                    appendDirect(
                        from: nodes[node].node,
                        to: other.node,
                        messages,
                        layout,
                        to: &ways
                    )
                    continue
                }
                NodePair(nodes[node], other, messages, layout).append(to: &ways)
            }
        }
        return ways
    }

    /// Messages that need no NIC, from a node to itself or to one of its plane.
    private static func appendDirect(
        from node: NodeIndex,
        to other: NodeIndex,
        _ messages: MessageMatrix,
        _ layout: RankLayout,
        to ways: inout [Way]
    ) {
        for index in 0..<layout.npusPerNode {
            let rank = layout.rank(on: node, index: index)
            for step in 0..<layout.npusPerNode {
                let peer = layout.rank(on: other, index: (index + step) % layout.npusPerNode)
                guard peer != rank, let run = messages.run(from: rank, to: peer) else { continue }
                ways.append(Way(run: run, exit: rank, entry: peer, crosses: false))
            }
        }
    }
}

/// A run and the NICs it takes.
struct Way {
    let run: MessageRun
    /// The rank whose NIC it leaves by.
    let exit: Rank
    /// The rank whose NIC it comes in by.
    let entry: Rank
    let crosses: Bool

    /// The ranks on its way, each once.
    var hops: [Rank] {
        var hops = [run.origin]
        for rank in [exit, entry, run.final] where rank != hops[hops.count - 1] {
            hops.append(rank)
        }
        return hops
    }
}

/// How much of each run leaves in one turn of a NIC: in proportion to its size, so that all runs
/// of a port end together and no entry stands idle while another is crowded.
private struct PortQuanta {
    private var longest: [Int]

    init(world: Int) { longest = Array(repeating: 0, count: world) }

    mutating func count(_ way: Way) {
        guard way.crosses else { return }
        longest[way.exit.index] = max(longest[way.exit.index], way.run.bytes)
    }

    /// Turns in which the longest run of a port is sent.
    private static let chunk = 1 << 16

    func sized(_ way: Way) -> MessageRun {
        guard way.crosses else { return way.run }
        let turns = (longest[way.exit.index] + Self.chunk - 1) / Self.chunk
        let share = (way.run.bytes + turns - 1) / max(1, turns)
        return MessageRun(
            origin: way.run.origin,
            final: way.run.final,
            offset: way.run.offset,
            bytes: way.run.bytes,
            quantum: max(BalancedSchedule.runMin, share)
        )
    }
}
