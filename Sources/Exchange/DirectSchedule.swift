import ClusterModel
import Links

/// From every rank to every other at once.
///
/// Destinations stand in an order in which no two ranks begin with the same one: over nodes and,
/// inside them, over indices, both counted from the sender's own. In rotation over ranks alone,
/// all NPUs of a node would begin with the first NPU of the next node and queue there.
enum DirectSchedule {
    static func plan(_ messages: MessageMatrix, _ ports: PortMap) -> ExchangeSchedule {
        let layout = ports.layout
        var builder = ScheduleBuilder(world: layout.world, ends: [.ownBytes])
        builder.reserve(streams: layout.world)
        for rank in layout.ranks {
            PeerOrder.forEach(of: rank, in: layout) { peer in
                guard let run = messages.run(from: rank, to: peer) else { return }
                builder.send(run, from: rank, to: peer)
            }
        }
        return builder.schedule
    }
}

/// The other ranks as seen from one: its own node first, then the next ones, and in each of them
/// its own index first.
enum PeerOrder {
    static func forEach(of rank: Rank, in layout: RankLayout, _ body: (Rank) -> Void) {
        let size = layout.npusPerNode
        let (node, index) = (rank.index / size, rank.index % size)
        for nodeStep in 0..<layout.nodes {
            let first = (node + nodeStep) % layout.nodes * size
            for step in 0..<size where nodeStep + step > 0 {
                body(Rank(first + (index + step) % size))
            }
        }
    }
}
