import ClusterModel
import Links

/// The group-wise exchange of LocMoE (arXiv 2401.13920, section 3.2).
///
/// Ranks of a tensor-parallel group hold the same tokens, so their messages to the ranks of
/// another group are the same bytes. Each carries its share of them to the rank at its own place,
/// and the ranks of the receiving group hand the shares to each other as they come (all-gather).
/// Without tensor parallelism nothing is shared, and this is the direct exchange.
enum GroupwiseSchedule {
    static func plan(_ messages: MessageMatrix, _ ports: PortMap) -> ExchangeSchedule {
        let layout = ports.layout
        let size = layout.parallel.tp
        guard size > 1 else { return DirectSchedule.plan(messages, ports) }
        var builder = ScheduleBuilder(world: layout.world, ends: [.ownBytes])
        for rank in layout.ranks {
            let place = rank.index % size
            PeerOrder.forEach(of: rank, in: layout) { peer in
                guard let run = messages.run(from: rank, to: peer) else { return }
                guard peer.index % size == place, peer.index / size != rank.index / size,
                    areAlike(rank, peer, size, messages)
                else {
                    builder.send(run, from: rank, to: peer)
                    return
                }
                let share = run.share(place, of: size)
                guard share.bytes > 0 else { return }
                let feed = builder.send(share, from: rank, to: peer)
                gather(share, at: peer, feed: feed, group: size, &builder)
            }
        }
        return builder.schedule
    }

    /// Whether all ranks of a group have as much for those at their place in another group.
    private static func areAlike(
        _ rank: Rank,
        _ peer: Rank,
        _ size: Int,
        _ messages: MessageMatrix
    ) -> Bool {
        let first = (rank.index / size * size, peer.index / size * size)
        let runs = (0..<size).map {
            messages.run(from: Rank(first.0 + $0), to: Rank(first.1 + $0))
        }
        return runs.allSatisfy { $0?.bytes == runs[0]?.bytes && $0?.offset == runs[0]?.offset }
    }

    /// Hands a share on to the other ranks of the group, for which it is a part of the message
    /// from the rank at their own place.
    private static func gather(
        _ share: MessageRun,
        at rank: Rank,
        feed: PlannedStream,
        group size: Int,
        _ builder: inout ScheduleBuilder
    ) {
        let origin = share.origin.index / size * size
        let first = rank.index / size * size
        for place in 0..<size where first + place != rank.index {
            let copy = MessageRun(
                origin: Rank(origin + place),
                final: Rank(first + place),
                offset: share.offset,
                bytes: share.bytes
            )
            builder.send(copy, from: rank, to: Rank(first + place), feed: feed)
        }
    }
}

extension MessageRun {
    /// Share `index` of `count` nearly equal ones.
    fileprivate func share(_ index: Int, of count: Int) -> MessageRun {
        let start = bytes * index / count
        let end = bytes * (index + 1) / count
        return MessageRun(origin: origin, final: final, offset: offset + start, bytes: end - start)
    }
}
