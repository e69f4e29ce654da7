// Where the rows of a training exchange lie in the messages of one rank: by expert and slot, each
// stamped with whose it is.

import ClusterModel
import Exchange
import MoELayer
import Wire

/// Reads and writes the rows of one rank's messages.
struct RowPlaces {
    let rank: Rank
    /// Of the step, in all ranks' stamps.
    let serial: Int
    let payload: RowPayload
    let buffers: ExchangeBuffers
    let cut: MessageCut
    var slots: ExpertSlots

    /// Who sends rows here, in the order in which experts sum.
    var sources: [Rank] { slots.traffic.sources(of: rank) }

    func stamp(source: Int, slot: Int, isKept: Bool, expert: Int) -> TokenStamp {
        TokenStamp(
            serial: UInt32(truncatingIfNeeded: serial),
            // The ranks of a tensor-parallel group hand on each other's bytes: they are the same.
            source: UInt32(slots.traffic.layout.leader(of: Rank(source)).index),
            token: isKept ? UInt32(slot) : TokenStamp.emptySlot,
            expert: UInt32(expert)
        )
    }

    // MARK: Own rows

    /// Writes this rank's rows, by expert and slot, where they leave.
    func pack(_ rows: ExpertRows) {
        var row = 0
        rows.values.withUnsafeBufferPointer { values in
            slots.forEachOwn { own in
                let place = buffers.outgoing.bytes(of: own.home)[own.bytes]
                let stamp = stamp(
                    source: rank.index,
                    slot: own.slot,
                    isKept: own.isKept,
                    expert: own.expert
                )
                write(values, &row, own.isKept, stamp, to: .init(rebasing: place))
            }
        }
    }

    /// This rank's rows as they came back.
    func readReturned() -> ExpertRows {
        read(slots.kept) { body in
            slots.forEachOwn { own in
                guard own.isKept else { return }
                let bytes = UnsafeRawBufferPointer(buffers.returned.bytes(of: own.home))
                body(.init(rebasing: bytes[own.bytes]))
            }
        }
    }

    // MARK: Visiting rows

    /// The rows that a source sent in a part.
    func read(_ part: Int, from source: Rank) -> ExpertRows {
        let bytes = UnsafeRawBufferPointer(buffers.visiting.bytes(of: source.index))
        var places = slots.localExperts.map { _ in [Range<Int>]() }
        var local = 0
        forEachVisit(in: part, from: source) { visit in
            while slots.localExperts[local] != visit.expert { local += 1 }
            if visit.isKept { places[local].append(visit.bytes) }
        }
        return read(places.map(\.count)) { body in
            for place in places.joined() { body(.init(rebasing: bytes[place])) }
        }
    }

    /// Writes what experts answer to a source's rows of a part where it leaves.
    func write(_ rows: ExpertRows, _ part: Int, to source: Rank) {
        var row = 0
        let bytes = buffers.answers.bytes(of: source.index)
        rows.values.withUnsafeBufferPointer { values in
            forEachVisit(in: part, from: source) { visit in
                let stamp = stamp(
                    source: source.index,
                    slot: visit.slot,
                    isKept: visit.isKept,
                    expert: visit.expert
                )
                write(values, &row, visit.isKept, stamp, to: .init(rebasing: bytes[visit.bytes]))
            }
        }
    }

    /// What this rank sends to itself in a part comes to it.
    func keepDispatched(_ part: Int) { buffers.keepDispatched(by: rank, ownRange(part)) }

    /// What its experts answered to itself in a part comes back.
    func keepAnswered(_ part: Int) { buffers.keepAnswered(by: rank, ownRange(part)) }

    private func ownRange(_ part: Int) -> Range<Int> {
        cut.range(part, of: buffers.outgoing.bytes(of: rank.index).count)
    }

    /// Calls `body` with each slot that came from a source in a part, by expert and position.
    private func forEachVisit(
        in part: Int,
        from source: Rank,
        _ body: (ExpertSlots.Visit) -> Void
    ) {
        let range = cut.range(part, of: buffers.visiting.bytes(of: source.index).count)
        slots.forEachVisit(from: source.index) { visit in
            if range.contains(visit.bytes.lowerBound) { body(visit) }
        }
    }

    // MARK: Rows

    private func write(
        _ values: UnsafeBufferPointer<Float>,
        _ row: inout Int,
        _ isKept: Bool,
        _ stamp: TokenStamp,
        to place: UnsafeMutableRawBufferPointer
    ) {
        guard isKept else {
            payload.writeEmpty(stamp, to: place)
            return
        }
        let width = payload.width
        payload.write(
            UnsafeBufferPointer(rebasing: values[row * width..<(row + 1) * width]),
            stamp,
            to: place
        )
        row += 1
    }

    /// Reads rows of these counts from the slots that `slots` calls its closure with.
    private func read(
        _ counts: [Int],
        from slots: ((UnsafeRawBufferPointer) -> Void) -> Void
    ) -> ExpertRows {
        let width = payload.width
        let total = counts.reduce(0, +) * width
        let values = [Float](unsafeUninitializedCapacity: total) { values, count in
            var offset = 0
            slots { bytes in
                payload.read(bytes, to: .init(rebasing: values[offset..<offset + width]))
                offset += width
            }
            count = offset
        }
        return ExpertRows(width: width, counts: counts, values: values)
    }
}
