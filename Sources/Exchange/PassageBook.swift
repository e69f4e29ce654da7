// One rank's chunks on their way through shared ports: brought there, asked for, and told to the
// machine. The memory is given; so is the lock that goes with it.

import ClusterModel
import Links

/// Passages that a rank has under way.
public struct PassageBook {
    private let rank: Rank
    private var underWay: [Int: SharedPassage] = [:]
    private var freeSlots: [Int] = []
    private var nextSlot = 0
    private let slots: Int

    public init(rank: Rank, shape: SharedPortShape) {
        self.rank = rank
        slots = shape.slots
    }

    public var isEmpty: Bool { underWay.isEmpty }

    /// Brings a chunk to its first shared port; false if there is no room for it.
    public mutating func begin(_ passage: SharedPassage, in space: SharedPortSpace) -> Bool {
        guard let slot = freeSlots.popLast() ?? takeNew() else { return false }
        let chunk = passage.chunk
        let entry = SharedEntry(
            enters: passage.depart,
            source: Int32(chunk.source.index),
            stage: Int32(chunk.stage),
            stream: Int32(chunk.stream),
            sequence: Int32(truncatingIfNeeded: chunk.sequence),
            ticket: PassageTicket(rank: rank.index, slot: slot),
            bytes: Int32(chunk.length),
            next: passage.ports.count > 1 ? Int32(passage.ports[1]) : -1,
            latency: passage.latency,
            span: passage.entry.time(for: ByteCount(chunk.length))
        )
        guard space.enter(entry, port: passage.ports[0]) else { return false }
        underWay[slot] = passage
        return true
    }

    /// Tells a machine which of its chunks are through.
    public mutating func settle(_ machine: inout RankMachine, from space: SharedPortSpace) {
        for (slot, passage) in underWay {
            let ticket = PassageTicket(rank: rank.index, slot: slot)
            guard let arrive = space.arrival(of: ticket) else { continue }
            underWay[slot] = nil
            freeSlots.append(slot)
            machine.passed(passage, arrive: arrive)
        }
    }

    private mutating func takeNew() -> Int? {
        guard nextSlot < slots else { return nil }
        nextSlot += 1
        return nextSlot - 1
    }
}
