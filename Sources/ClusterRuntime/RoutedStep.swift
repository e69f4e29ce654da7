// One MoE layer on one rank: real tokens, routed; their payload packed; what came worked on and
// sent back; and the proof that each kept token reached its expert once and came back once.

import ClusterModel
import Exchange
import Routing
import Wire

/// One rank's part of a step with a router.
final class RoutedStep: StepWork {
    private let rank: Rank
    private let step: Int
    /// The router's index in the plan.
    private let router: Int
    private let stamp: Int
    private let plan: ClusterPlan
    private let traffic: ExpertTraffic
    private let routing: TokenRouting
    private let payload: TokenPayload
    private let buffers: ExchangeBuffers
    private let batch: RoutedBatch
    /// This rank's tokens in the slots of each expert, [experts].
    private let tokens: [[Int]]
    /// This rank's tokens by the NPUs they go to.
    private let grouped: GroupedTokens
    /// Where copies travel instead of pairs.
    private var shared: SharedRows?
    private let cut: MessageCut
    private var slots: ExpertSlots
    /// What each rank's tokens are to this one where they are shared, index = rank.
    private var sharedCounts: [SharedCounts]
    private(set) var input: RankInput

    init(
        rank: Rank,
        prepare: Prepare,
        plan: ClusterPlan,
        excluded: Set<Rank>,
        routing: TokenRouting,
        buffers: ExchangeBuffers
    ) {
        self.rank = rank
        step = prepare.step
        router = prepare.router
        stamp = prepare.stamp
        self.plan = plan
        self.routing = routing
        self.buffers = buffers
        traffic = ExpertTraffic(plan, excluded: excluded)
        payload = TokenPayload(model: plan.model, store: routing.store)
        batch = routing.route(
            rank: rank,
            step: prepare.step,
            router: prepare.router,
            hurts: prepare.experts
        )
        tokens = (0..<plan.model.experts).map { [batch] in
            batch.assignment.slots(of: ExpertIndex($0))
        }
        slots = ExpertSlots(
            rank: rank,
            traffic: traffic,
            kept: batch.assignment.countPerExpert,
            capacity: batch.assignment.capacity,
            pairsMax: routing.pairsMax(router: prepare.router)
        )
        grouped = routing.grouped(batch, of: rank, prepare.router, traffic)
        cut = MessageCut(parts: plan.exchange.pipeline, unit: plan.model.tokenBytes.value)
        sharedCounts = Array(repeating: SharedCounts(), count: traffic.layout.world)
        input = RankInput(
            send: slots.send,
            kept: slots.kept,
            offered: batch.assignment.offered,
            dropped: batch.assignment.dropped,
            capacity: batch.assignment.capacity,
            gate: batch.gate,
            expert: .zero,
            bufferBytes: 0
        )
        input.groups = grouped.groups
        buffers.outgoing.resize(input.send)
        buffers.returned.resize(input.send)
        sharedCounts[rank.index] = SharedCounts(grouped, to: rank, traffic)
        pack()
    }

    // MARK: Counts

    func counts(for peer: Rank) -> [UInt8] {
        let shared = SharedCounts(grouped, to: peer, traffic)
        return slots.counts(for: peer) + shared.bytes(for: traffic.placement.experts(on: peer))
    }

    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        let rest = try slots.announce(counts, from: peer)
        sharedCounts[peer.index] = try SharedCounts(
            rest,
            from: peer,
            to: rank,
            traffic,
            tokensMax: plan.workload.tokensPerNPU
        )
    }

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        if let shared { return shared.messageBytes }
        let receive = slots.receive
        return ([input.send, receive], [receive, input.send])
    }

    func adopt(isShared: Bool) throws(StepProblem) {
        guard isShared else { return }
        guard !grouped.groups.isEmpty || slots.kept.allSatisfy({ $0 == 0 }) else {
            throw StepProblem(description: "a program that shares tokens which were not grouped")
        }
        let shared = SharedRows(
            rank: rank,
            own: grouped,
            announced: sharedCounts,
            traffic: traffic,
            cut: cut,
            buffers: buffers
        )
        shared.pack { self.fill($0, token: $1, expert: TokenStamp.shared) }
        self.shared = shared
    }

    /// Writes what one of this rank's tokens looks like on the wire.
    private func fill(_ bytes: UnsafeMutableRawBufferPointer, token: Int, expert: UInt32) {
        let stamp = TokenStamp(
            serial: UInt32(stamp),
            source: UInt32(traffic.layout.leader(of: rank).index),
            token: UInt32(token),
            expert: expert
        )
        payload.fill(bytes, row: payload.row(ofStoreToken: batch.tokens[token]), stamp: stamp)
    }

    func ready() {
        let receive = slots.receive
        buffers.visiting.resize(receive)
        buffers.answers.resize(receive)
        input.expert = plan.model.expertTime(tokens: slots.computed, tp: plan.parallel.tp)
        input.bufferBytes = buffers.byteCount
    }

    // MARK: Bytes

    func stageEnded(_ role: StageRole) {
        if let shared {
            shared.stageEnded(role)
            return
        }
        guard role.kind == .dispatch, role.isLastRound else { return }
        let part = cut.range(role.part, of: buffers.outgoing.bytes(of: rank.index).count)
        buffers.keepDispatched(by: rank, part)
        for source in traffic.layout.ranks { answer(source.index, part: role.part) }
        buffers.keepAnswered(by: rank, part)
    }

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        if exchange == 2 { return buffers.sums.bytes(of: rank.index) }
        return buffers.outgoing(exchange: exchange).bytes(of: rank.index)
    }

    func incoming(exchange: Int, from rank: Rank) -> UnsafeMutableRawBufferPointer {
        if let shared, exchange > 0 {
            return shared.incoming(exchange: exchange).bytes(of: rank.index)
        }
        return buffers.incoming(exchange: exchange).bytes(of: rank.index)
    }

    private func answer(_ source: Int, part: Int) {
        let visiting = buffers.visiting.bytes(of: source)
        let answers = buffers.answers.bytes(of: source)
        let range = cut.range(part, of: visiting.count)
        slots.forEachVisit(from: source) { visit in
            guard range.contains(visit.bytes.lowerBound) else { return }
            TokenPayload.work(
                UnsafeRawBufferPointer(rebasing: visiting[visit.bytes]),
                into: UnsafeMutableRawBufferPointer(rebasing: answers[visit.bytes]),
                expert: visit.expert
            )
        }
    }

    private func pack() {
        forEachOwnSlot(in: buffers.outgoing) { own, token, bytes in
            if let token {
                fill(bytes, token: token, expert: UInt32(own.expert))
                return
            }
            let stamp = TokenStamp(
                serial: UInt32(stamp),
                source: UInt32(traffic.layout.leader(of: rank).index),
                token: TokenStamp.emptySlot,
                expert: UInt32(own.expert)
            )
            payload.fillEmpty(bytes, stamp: stamp)
        }
    }

    /// Calls `body` with each slot of this rank's tokens, by expert and position: the slot, the
    /// token in it and where its bytes lie.
    private func forEachOwnSlot(
        in region: PayloadRegion,
        _ body: (ExpertSlots.Own, _ token: Int?, UnsafeMutableRawBufferPointer) -> Void
    ) {
        slots.forEachOwn { own in
            body(
                own,
                own.isKept ? tokens[own.expert][own.slot] : nil,
                UnsafeMutableRawBufferPointer(rebasing: region.bytes(of: own.home)[own.bytes])
            )
        }
    }

    // MARK: Proof

    func verify() -> (Verification, digest: UInt32) {
        var verification = Verification()
        let outcome = TokenSums(tokens: batch.tokens.count, tokenBytes: payload.tokenBytes)
        if let shared {
            verifyCopies(shared, &verification)
            shared.verifyReturned(&verification, outcome) {
                self.fill($0, token: $1, expert: TokenStamp.shared)
            }
        } else {
            verifyVisitors(&verification)
            verifyReturned(&verification)
            forEachOwnSlot(in: buffers.returned) { _, token, bytes in
                if let token { outcome.add(UnsafeRawBufferPointer(bytes), to: token) }
            }
        }
        return (verification, batch.digest(outcome, payload))
    }

    /// Each payload that came here is a token of its source's batch, at an expert of this rank,
    /// and no token came to an expert twice.
    private func verifyVisitors(_ verification: inout Verification) {
        let expected = UnsafeMutableRawBufferPointer.allocate(
            byteCount: payload.tokenBytes,
            alignment: 8
        )
        defer { expected.deallocate() }
        for source in traffic.sources(of: rank).map(\.index) {
            let tokens = routing.tokens(of: Rank(source), step: step)
            let visiting = UnsafeRawBufferPointer(buffers.visiting.bytes(of: source))
            var seen: Set<[Int]> = []
            slots.forEachVisit(from: source) { visit in
                let bytes = UnsafeRawBufferPointer(rebasing: visiting[visit.bytes])
                let token = Int(
                    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
                )
                let stamp = TokenStamp(
                    serial: UInt32(stamp),
                    source: UInt32(traffic.layout.leader(of: Rank(source)).index),
                    token: visit.isKept ? UInt32(token) : TokenStamp.emptySlot,
                    expert: UInt32(visit.expert)
                )
                if visit.isKept {
                    guard tokens.indices.contains(token) else {
                        verification.mismatch(
                            "slot \(visit.slot) from rank \(source) names no token"
                        )
                        return
                    }
                    if !seen.insert([token, visit.expert]).inserted {
                        verification.mismatch(
                            "token \(token) of rank \(source) came to expert \(visit.expert) twice"
                        )
                    }
                    payload.fill(
                        expected,
                        row: payload.row(ofStoreToken: tokens[token]),
                        stamp: stamp
                    )
                } else {
                    payload.fillEmpty(expected, stamp: stamp)
                }
                if !TokenPayload.areEqual(bytes, UnsafeRawBufferPointer(expected)) {
                    verification.mismatch(
                        "slot \(visit.slot) from rank \(source) for expert \(visit.expert) is not "
                            + "as it was sent"
                    )
                }
            }
            verification.bytes += visiting.count
        }
    }

    /// Each of this rank's kept tokens came back from its expert, worked on, byte for byte.
    private func verifyReturned(_ verification: inout Verification) {
        forEachOwnSlot(in: buffers.outgoing) { own, _, bytes in
            TokenPayload.work(UnsafeRawBufferPointer(bytes), into: bytes, expert: own.expert)
        }
        forEachOwnSlot(in: buffers.returned) { own, token, bytes in
            let sent = buffers.outgoing.bytes(of: own.home)[own.bytes]
            guard
                TokenPayload.areEqual(
                    UnsafeRawBufferPointer(bytes),
                    UnsafeRawBufferPointer(rebasing: sent)
                )
            else {
                verification.mismatch(
                    "slot \(own.slot) did not come back from expert \(own.expert)"
                )
                return
            }
            if token != nil { verification.tokens += 1 }
        }
        verification.bytes += buffers.returned.count
    }

    /// Each copy that came is a token of its source's batch, and none came twice.
    private func verifyCopies(_ shared: SharedRows, _ verification: inout Verification) {
        for source in traffic.layout.ranks.map(\.index) {
            let tokens = routing.tokens(of: Rank(source), step: step)
            let leader = UInt32(traffic.layout.leader(of: Rank(source)).index)
            shared.verifyVisitors(from: Rank(source), tokens: tokens.count, &verification) {
                let stamp = TokenStamp(
                    serial: UInt32(self.stamp),
                    source: leader,
                    token: UInt32($1),
                    expert: TokenStamp.shared
                )
                self.payload.fill(
                    $0,
                    row: self.payload.row(ofStoreToken: tokens[$1]),
                    stamp: stamp
                )
            }
        }
    }

}

extension RoutedBatch {
    /// Over what each token's experts made of it, summed, and over the residual of each token that
    /// no expert kept: the same whichever way the bytes went.
    func digest(_ outcome: TokenSums, _ payload: TokenPayload) -> UInt32 {
        var digest = outcome.digest
        for pair in assignment.pairs where !pair.isKept {
            payload.row(ofStoreToken: tokens[pair.token]).withUnsafeBytes {
                digest = CRC32C.of($0, after: digest)
            }
        }
        return digest
    }
}
