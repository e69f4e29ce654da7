import ClusterModel
import Links

/// Two rounds (2DH, as in Tutel): inside nodes first, then between NPUs of the same index.
///
/// The first round brings bytes to the NPU that has the destination's index. Fewer and larger
/// messages cross nodes; more bytes travel.
enum HierarchicalSchedule {
    static func plan(_ messages: MessageMatrix, _ ports: PortMap) -> ExchangeSchedule {
        TwoRounds.plan(messages, ports.layout) { rank, peer, layout in
            layout.rank(on: layout.node(of: rank), index: layout.index(of: peer))
        }
    }
}

/// Two rounds the other way round, the levels of SMILE: between NPUs of the same index first, to
/// the node that the first gate picked, then inside it, to the NPU whose expert the second picked.
///
/// What comes back goes the same ways, inside the node first: `HierarchicalSchedule`.
/// Source: SMILE, arXiv 2212.05191, section 3.
enum BiLevelSchedule {
    static func plan(_ messages: MessageMatrix, _ ports: PortMap) -> ExchangeSchedule {
        TwoRounds.plan(messages, ports.layout) { rank, peer, layout in
            layout.rank(on: layout.node(of: peer), index: layout.index(of: rank))
        }
    }
}

/// Exchanges in two rounds: to a relay, and from it.
private enum TwoRounds {
    /// `relay` says whom bytes from a rank to a peer pass; a rank begins its second round when all
    /// bytes of the first are in.
    static func plan(
        _ messages: MessageMatrix,
        _ layout: RankLayout,
        relay: (_ rank: Rank, _ peer: Rank, RankLayout) -> Rank
    ) -> ExchangeSchedule {
        var builder = ScheduleBuilder(world: layout.world, ends: [.allBytes, .ownBytes])
        var opened = MessageLedger(world: layout.world)
        for rank in layout.ranks {
            PeerOrder.forEach(of: rank, in: layout) { peer in
                guard let run = messages.run(from: rank, to: peer) else { return }
                let relay = relay(rank, peer, layout)
                var feed: PlannedStream?
                if relay != rank {
                    feed = builder.send(
                        run,
                        from: rank,
                        to: relay,
                        opensMessage: opened.opens(rank, relay, round: 0)
                    )
                }
                guard relay != peer else { return }
                builder.send(
                    run,
                    from: relay,
                    to: peer,
                    round: 1,
                    feed: feed,
                    opensMessage: opened.opens(relay, peer, round: 1)
                )
            }
        }
        return builder.schedule
    }
}

/// Which pairs have begun a message in a round: streams of one pair travel as one message.
struct MessageLedger {
    private let world: Int
    private var begun: [Set<Int>] = [[], []]

    init(world: Int) { self.world = world }

    /// Whether this is the first stream of its pair in a round.
    mutating func opens(_ from: Rank, _ to: Rank, round: Int) -> Bool {
        begun[round].insert(from.index * world + to.index).inserted
    }
}
