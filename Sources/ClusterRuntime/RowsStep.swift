// One MoE layer's way there or back in training: activations or gradients of real tokens go to
// their experts over the links, and what the experts make of them comes back.

import ClusterModel
import Exchange
import MoELayer
import Routing
import Wire

/// One rank's part of a forward or backward segment.
final class RowsStep: StepWork {
    private let segment: StepSegment
    private let trainer: RankTrainer
    private var places: RowPlaces
    private let aside: ExpertDesk.Aside?
    private var experts: ExpertDesk?
    private(set) var input: RankInput

    init(
        prepare: Prepare,
        plan: ClusterPlan,
        trainer: RankTrainer,
        buffers: ExchangeBuffers,
        aside: ExpertDesk.Aside? = nil
    ) throws {
        self.aside = aside
        segment = prepare.segment
        self.trainer = trainer
        if case .forward(let layer) = segment, layer == 0, !trainer.isPooled, !trainer.adapts {
            try trainer.begin(step: prepare.step, hurts: prepare.experts)
        }
        let rows: ExpertRows
        if case .backward(let layer) = segment {
            rows = trainer.backwardRows(layer: layer)
        } else {
            rows = trainer.forwardRows(layer: segment.layer)
        }
        let assignment = trainer.training.assignments[segment.layer]
        let slots = ExpertSlots(
            rank: trainer.rank,
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
        places = RowPlaces(
            rank: trainer.rank,
            serial: prepare.stamp,
            payload: RowPayload(width: trainer.width, element: trainer.settings.element),
            buffers: buffers,
            cut: MessageCut(parts: plan.exchange.pipeline, unit: plan.model.tokenBytes.value),
            slots: slots
        )
        buffers.outgoing.resize(input.send)
        buffers.returned.resize(input.send)
        places.pack(rows)
    }

    private var buffers: ExchangeBuffers { places.buffers }

    // MARK: Counts

    func counts(for peer: Rank) -> [UInt8] { places.slots.counts(for: peer) }

    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        let rest = try places.slots.announce(counts, from: peer)
        guard rest.isEmpty else {
            throw StepProblem(
                description: "\(rest.count) bytes after the counts of rank \(peer), expected none"
            )
        }
    }

    func ready() {
        let receive = places.slots.receive
        buffers.visiting.resize(receive)
        buffers.answers.resize(receive)
        input.expert = trainer.expertTime(segment, slots: places.slots.computed)
        input.bufferBytes = buffers.byteCount
        experts = ExpertDesk(segment, trainer: trainer, places: places, aside: aside)
    }

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        let receive = places.slots.receive
        return ([input.send, receive], [receive, input.send])
    }

    // MARK: Bytes

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        // Answers leave: what has come is worked out by now.
        if exchange == 1 { experts?.finish() }
        return buffers.outgoing(exchange: exchange).bytes(of: rank.index)
    }

    func incoming(exchange: Int, from rank: Rank) -> UnsafeMutableRawBufferPointer {
        buffers.incoming(exchange: exchange).bytes(of: rank.index)
    }

    func stageEnded(_ role: StageRole) {
        guard role.kind == .dispatch, role.isLastRound else { return }
        places.keepDispatched(role.part)
        experts?.take(part: role.part)
    }

    var isAtWork: Bool { experts?.isAtWork ?? false }

    func giveUp() { experts?.stop() }

    // MARK: Proof

    /// Takes what came back into the model.
    func settle() {
        experts?.finish()
        trainer.take(segment, places.readReturned())
    }

    func verify() -> (Verification, digest: UInt32) {
        experts?.finish()
        var verification = Verification()
        for source in places.sources { verifyVisits(from: source.index, &verification) }
        verifyReturned(&verification)
        return (verification, CRC32C.of(buffers.returned.bytes))
    }

    /// Each row that came here is what its source stamped and summed, for an expert of this rank.
    private func verifyVisits(from source: Int, _ verification: inout Verification) {
        let bytes = UnsafeRawBufferPointer(buffers.visiting.bytes(of: source))
        places.slots.forEachVisit(from: source) { visit in
            let stamp = places.stamp(
                source: source,
                slot: visit.slot,
                isKept: visit.isKept,
                expert: visit.expert
            )
            let slot = UnsafeRawBufferPointer(rebasing: bytes[visit.bytes])
            if !places.payload.isSound(slot, stamp, isKept: visit.isKept) {
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
        places.slots.forEachOwn { own in
            let bytes = UnsafeRawBufferPointer(buffers.returned.bytes(of: own.home))
            let stamp = places.stamp(
                source: places.rank.index,
                slot: own.slot,
                isKept: own.isKept,
                expert: own.expert
            )
            let slot = UnsafeRawBufferPointer(rebasing: bytes[own.bytes])
            if !places.payload.isSound(slot, stamp, isKept: own.isKept) {
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
