// Rail, where tokens have several experts: DeepEP's way. A token crosses to a node once, to the NPU
// at its rank's own place, which hands it on to the NPUs of its experts chunk by chunk; what those
// made of it is summed there and crosses back as one row.
//
// The sum needs all of its parts, so the way back is two rounds: gather, then return.

import ClusterModel
import Links

/// Plans the exchanges of one part of a layer.
struct SharedRailSchedule {
    let copies: TokenCopies
    let cut: MessageCut
    let part: Int

    private var layout: RankLayout { copies.layout }

    /// Bytes of a group that travel in this part.
    private func range(_ group: TokenGroup) -> Range<Int> {
        cut.range(part, of: group.tokens * copies.tokenBytes)
    }

    // MARK: There

    func dispatch() -> ExchangeSchedule {
        var builder = ScheduleBuilder(world: layout.world, ends: [.ownBytes])
        var opened = MessageLedger(world: layout.world)
        for origin in layout.ranks {
            // Every rank begins at another node, as in the direct exchange.
            let own = layout.node(of: origin).index
            let groups = copies.groups[origin.index]
            // Where the next group begins in the message to each rank.
            var begins = Array(repeating: 0, count: layout.world)
            for step in 0..<layout.nodes {
                let node = (own + step) % layout.nodes
                for group in groups where group.node == node {
                    send(group, of: origin, at: begins, &builder, &opened)
                    for final in layout.ranks(of: group) {
                        begins[final.index] += group.tokens * copies.tokenBytes
                    }
                }
            }
        }
        return builder.schedule
    }

    private func send(
        _ group: TokenGroup,
        of origin: Rank,
        at begins: [Int],
        _ builder: inout ScheduleBuilder,
        _ opened: inout MessageLedger
    ) {
        let range = self.range(group)
        guard !range.isEmpty else { return }
        let rail = layout.rail(of: origin, on: NodeIndex(group.node))
        let finals = layout.ranks(of: group)
        func run(_ final: Rank) -> MessageRun {
            let offset = begins[final.index] + range.lowerBound
            return MessageRun(origin: origin, final: final, offset: offset, bytes: range.count)
        }
        var feed: PlannedStream?
        if rail != origin {
            // The bytes are the same for all; they are read where one of those NPUs has them.
            let first = finals.contains(rail) ? rail : finals[0]
            feed = builder.send(
                run(first),
                from: origin,
                to: rail,
                opensMessage: opened.opens(origin, rail, round: 0)
            )
        }
        for final in finals where final != rail {
            builder.send(
                run(final),
                from: rail,
                to: final,
                feed: feed,
                opensMessage: opened.opens(rail, final, round: rail == origin ? 0 : 1)
            )
        }
    }

    // MARK: Back

    func combine() -> ExchangeSchedule {
        var builder = ScheduleBuilder(world: layout.world, ends: [.allBytes, .ownBytes])
        for rank in layout.ranks {
            PeerOrder.forEach(of: rank, in: layout) { peer in
                var gathered = RunJoiner()
                copies.forEachGathered(from: rank, to: peer) { origin, index, offset in
                    gathered.add(range(copies.groups[origin.index][index]), at: offset)
                }
                send(gathered.ranges, from: rank, to: peer, round: 0, &builder)
                var returned = RunJoiner()
                copies.forEachReturned(from: rank, to: peer) { index, offset in
                    returned.add(range(copies.groups[peer.index][index]), at: offset)
                }
                send(returned.ranges, from: rank, to: peer, round: 1, &builder)
            }
        }
        return builder.schedule
    }

    private func send(
        _ ranges: [Range<Int>],
        from rank: Rank,
        to peer: Rank,
        round: Int,
        _ builder: inout ScheduleBuilder
    ) {
        for (number, range) in ranges.enumerated() {
            let run = MessageRun(
                origin: rank,
                final: peer,
                offset: range.lowerBound,
                bytes: range.count
            )
            builder.send(run, from: rank, to: peer, round: round, opensMessage: number == 0)
        }
    }
}

/// Joins runs of a message that touch.
private struct RunJoiner {
    private(set) var ranges: [Range<Int>] = []

    mutating func add(_ range: Range<Int>, at offset: Int) {
        guard !range.isEmpty else { return }
        let start = range.lowerBound + offset
        let end = range.upperBound + offset
        guard let last = ranges.last, last.upperBound == start else {
            ranges.append(start..<end)
            return
        }
        ranges[ranges.count - 1] = last.lowerBound..<end
    }
}
