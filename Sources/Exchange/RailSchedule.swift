import ClusterModel
import Links

/// Two hops: between NPUs of the same index, then inside the node, chunk by chunk as they come.
///
/// Each NPU speaks to one NPU of each other node only.
enum RailSchedule {
    static func plan(_ messages: MessageMatrix, _ ports: PortMap) -> ExchangeSchedule {
        let layout = ports.layout
        var builder = ScheduleBuilder(world: layout.world, ends: [.ownBytes])
        var opened = MessageLedger(world: layout.world)
        for rank in layout.ranks {
            PeerOrder.forEach(of: rank, in: layout) { peer in
                guard let run = messages.run(from: rank, to: peer) else { return }
                let relay = layout.rank(on: layout.node(of: peer), index: layout.index(of: rank))
                guard relay != rank, relay != peer else {
                    let opens = opened.opens(rank, peer, round: 0)
                    builder.send(run, from: rank, to: peer, opensMessage: opens)
                    return
                }
                let feed = builder.send(
                    run,
                    from: rank,
                    to: relay,
                    opensMessage: opened.opens(rank, relay, round: 0)
                )
                builder.send(
                    run,
                    from: relay,
                    to: peer,
                    feed: feed,
                    opensMessage: opened.opens(relay, peer, round: 1)
                )
            }
        }
        return builder.schedule
    }
}
