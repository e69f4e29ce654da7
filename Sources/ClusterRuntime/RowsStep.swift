// One MoE layer's way there or back in training: activations or gradients of real tokens go to
// their experts over the links, and what the experts make of them comes back.

import ClusterModel
import Exchange
import MoELayer
import Routing
import Wire

/// One rank's part of a forward or backward segment.
final class RowsStep: StepWork {
    private let rank: Rank
    private let stamp: Int
    private let segment: StepSegment
    private let trainer: RankTrainer
    private let payload: RowPayload
    private let buffers: ExchangeBuffers
    private let cut: MessageCut
    private var slots: ExpertSlots
    /// Parts whose dispatch has ended, and how many of them the experts have answered.
    private var arrived: Set<Int> = []
    private var answered = 0
    private(set) var input: RankInput

    init(
        prepare: Prepare,
        plan: ClusterPlan,
        trainer: RankTrainer,
        buffers: ExchangeBuffers
    ) throws {
        rank = trainer.rank
        stamp = prepare.stamp
        segment = prepare.segment
        self.trainer = trainer
        self.buffers = buffers
        cut = MessageCut(parts: plan.exchange.pipeline, unit: plan.model.tokenBytes.value)
        payload = RowPayload(
            width: trainer.width,
            element: trainer.settings.element
        )
        if case .forward(let layer) = segment, layer == 0, !trainer.isPooled, !trainer.adapts {
            try trainer.begin(step: prepare.step)
        }
        let rows: ExpertRows
        if case .backward(let layer) = segment {
            rows = trainer.backwardRows(layer: layer)
        } else {
            rows = trainer.forwardRows(layer: segment.layer)
        }
        let assignment = trainer.training.assignments[segment.layer]
        slots = ExpertSlots(
            rank: rank,
            traffic: ExpertTraffic(plan, excluded: trainer.excluded),
            kept: rows.counts,
            capacity: assignment.capacity,
            pairsMax: trainer.settings.tokensPerRank * plan.model.experts
        )
        input = RankInput(
            send: slots.send,
            kept: rows.counts,
            offered: assignment.offered,
            dropped: assignment.dropped,
            capacity: assignment.capacity,
            gate: trainer.gateTime(segment),
            expert: .zero,
            bufferBytes: 0
        )
        buffers.outgoing.resize(input.send)
        buffers.returned.resize(input.send)
        pack(rows)
    }

    // MARK: Counts

    func counts(for peer: Rank) -> [UInt8] { slots.counts(for: peer) }

    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        let rest = try slots.announce(counts, from: peer)
        guard rest.isEmpty else {
            throw StepProblem(
                description: "\(rest.count) bytes after the counts of rank \(peer), expected none"
            )
        }
    }

    func ready() {
        let receive = slots.receive
        buffers.visiting.resize(receive)
        buffers.answers.resize(receive)
        input.expert = trainer.expertTime(segment, slots: slots.computed)
        input.bufferBytes = buffers.byteCount
    }

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        let receive = slots.receive
        return ([input.send, receive], [receive, input.send])
    }

    // MARK: Bytes

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        buffers.outgoing(exchange: exchange).bytes(of: rank.index)
    }

    func incoming(exchange: Int, from rank: Rank) -> UnsafeMutableRawBufferPointer {
        buffers.incoming(exchange: exchange).bytes(of: rank.index)
    }

    func stageEnded(_ role: StageRole) {
        guard role.kind == .dispatch, role.isLastRound else { return }
        arrived.insert(role.part)
        // Experts compute the parts in their order, whichever came first: gradients are added so,
        // and no part goes back before those in front of it have been computed.
        while arrived.contains(answered) {
            let own = cut.range(answered, of: buffers.outgoing.bytes(of: rank.index).count)
            buffers.keepDispatched(by: rank, own)
            answer(part: answered)
            buffers.keepAnswered(by: rank, own)
            answered += 1
        }
    }

    private var sources: [Rank] { slots.traffic.sources(of: rank) }

    private func stamp(source: Int, slot: Int, isKept: Bool, expert: Int) -> TokenStamp {
        TokenStamp(
            serial: UInt32(truncatingIfNeeded: stamp),
            // The ranks of a tensor-parallel group hand on each other's bytes: they are the same.
            source: UInt32(slots.traffic.layout.leader(of: Rank(source)).index),
            token: isKept ? UInt32(slot) : TokenStamp.emptySlot,
            expert: UInt32(expert)
        )
    }

    /// Rows by expert and slot, as they stand in `rows`, into the messages.
    private func pack(_ rows: ExpertRows) {
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
        let width = trainer.width
        payload.write(
            UnsafeBufferPointer(rebasing: values[row * width..<(row + 1) * width]),
            stamp,
            to: place
        )
        row += 1
    }

    /// Lets the experts compute a part of what has come, and packs their answers.
    private func answer(part: Int) {
        let arrived = sources.map { rows(of: part, from: $0.index) }
        for (source, rows) in zip(sources, trainer.answers(segment, part: part, arrived)) {
            var row = 0
            let bytes = buffers.answers.bytes(of: source.index)
            rows.values.withUnsafeBufferPointer { values in
                forEachVisit(in: part, from: source.index) { visit in
                    let stamp = stamp(
                        source: source.index,
                        slot: visit.slot,
                        isKept: visit.isKept,
                        expert: visit.expert
                    )
                    write(
                        values,
                        &row,
                        visit.isKept,
                        stamp,
                        to: .init(rebasing: bytes[visit.bytes])
                    )
                }
            }
        }
    }

    /// Calls `body` with each slot that came from a source in a part, by expert and position.
    private func forEachVisit(
        in part: Int,
        from source: Int,
        _ body: (ExpertSlots.Visit) -> Void
    ) {
        let range = cut.range(part, of: buffers.visiting.bytes(of: source).count)
        slots.forEachVisit(from: source) { visit in
            if range.contains(visit.bytes.lowerBound) { body(visit) }
        }
    }

    /// The rows that a source sent in a part.
    private func rows(of part: Int, from source: Int) -> ExpertRows {
        let bytes = UnsafeRawBufferPointer(buffers.visiting.bytes(of: source))
        var places = slots.localExperts.map { _ in [Range<Int>]() }
        var local = 0
        forEachVisit(in: part, from: source) { visit in
            while slots.localExperts[local] != visit.expert { local += 1 }
            if visit.isKept { places[local].append(visit.bytes) }
        }
        return rows(places.map(\.count)) { body in
            for place in places.joined() { body(.init(rebasing: bytes[place])) }
        }
    }

    /// Reads rows of these counts from the slots that `slots` calls its closure with.
    private func rows(
        _ counts: [Int],
        from slots: ((UnsafeRawBufferPointer) -> Void) -> Void
    ) -> ExpertRows {
        let width = trainer.width
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

    // MARK: Proof

    /// Takes what came back into the model.
    func settle() {
        let rows = rows(slots.kept) { body in
            slots.forEachOwn { own in
                guard own.isKept else { return }
                let bytes = UnsafeRawBufferPointer(buffers.returned.bytes(of: own.home))
                body(.init(rebasing: bytes[own.bytes]))
            }
        }
        trainer.take(segment, rows)
    }

    func verify() -> (Verification, digest: UInt32) {
        var verification = Verification()
        for source in sources { verifyVisits(from: source.index, &verification) }
        verifyReturned(&verification)
        return (verification, CRC32C.of(buffers.returned.bytes))
    }

    /// Each row that came here is what its source stamped and summed, for an expert of this rank.
    private func verifyVisits(from source: Int, _ verification: inout Verification) {
        let bytes = UnsafeRawBufferPointer(buffers.visiting.bytes(of: source))
        slots.forEachVisit(from: source) { visit in
            let stamp = stamp(
                source: source,
                slot: visit.slot,
                isKept: visit.isKept,
                expert: visit.expert
            )
            let slot = UnsafeRawBufferPointer(rebasing: bytes[visit.bytes])
            if !payload.isSound(slot, stamp, isKept: visit.isKept) {
                verification.mismatch(
                    "row \(visit.slot) from rank \(source) for expert \(visit.expert) is not as it "
                        + "was sent"
                )
            }
        }
        verification.bytes += bytes.count
    }

    /// Each of this rank's rows came back from its expert, once.
    private func verifyReturned(_ verification: inout Verification) {
        slots.forEachOwn { own in
            let bytes = UnsafeRawBufferPointer(buffers.returned.bytes(of: own.home))
            let stamp = stamp(
                source: rank.index,
                slot: own.slot,
                isKept: own.isKept,
                expert: own.expert
            )
            let slot = UnsafeRawBufferPointer(rebasing: bytes[own.bytes])
            if !payload.isSound(slot, stamp, isKept: own.isKept) {
                verification.mismatch(
                    "row \(own.slot) did not come back whole from expert \(own.expert)"
                )
            } else if own.isKept {
                verification.tokens += 1
            }
        }
        verification.bytes += buffers.returned.count
    }
}
