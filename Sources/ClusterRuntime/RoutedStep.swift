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
    private let kept: [Int]
    private let localExperts: [Int]
    /// This rank's tokens by the NPUs they go to.
    private let grouped: GroupedTokens
    /// Where copies travel instead of pairs.
    private var shared: SharedRows?
    private let cut: MessageCut
    /// Slots that come from each rank for each local expert; `nil` until announced.
    private var announced: [Announcement?]
    private(set) var input: RankInput

    /// What a source will send to this rank.
    private struct Announcement {
        var kept: [Int]
        var capacity: Int
        var shared = SharedCounts()
    }

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
        batch = routing.route(rank: rank, step: prepare.step, router: prepare.router)
        kept = batch.assignment.countPerExpert
        localExperts = traffic.placement.experts(on: rank)
        grouped = routing.grouped(batch, of: rank, prepare.router, traffic)
        cut = MessageCut(parts: plan.exchange.pipeline, unit: plan.model.tokenBytes.value)
        announced = Array(repeating: nil, count: traffic.layout.world)
        input = RankInput(
            send: traffic.send(from: rank, kept: kept, capacity: batch.assignment.capacity),
            kept: kept,
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
        pack()
        announced[rank.index] = announcement(for: rank)
    }

    // MARK: Counts

    private func announcement(for peer: Rank) -> Announcement {
        let shared = SharedCounts(grouped, to: peer, traffic)
        guard traffic.sources(of: peer).contains(rank) else {
            return Announcement(kept: [], capacity: 0, shared: shared)
        }
        return Announcement(
            kept: traffic.placement.experts(on: peer).map { kept[$0] },
            capacity: batch.assignment.capacity,
            shared: shared
        )
    }

    func counts(for peer: Rank) -> [UInt8] {
        let announcement = announcement(for: peer)
        var bytes: [UInt8] = []
        for value in [announcement.capacity] + announcement.kept {
            withUnsafeBytes(of: UInt32(value).littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + announcement.shared.bytes(for: traffic.placement.experts(on: peer))
    }

    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        let expected = traffic.sources(of: rank).contains(peer) ? localExperts.count : 0
        guard counts.count >= 4 * (1 + expected) else {
            throw StepProblem(
                description: "\(counts.count) bytes of counts from rank \(peer), expected "
                    + "\(4 * (1 + expected)) or more"
            )
        }
        let values = (0...expected).map { index in
            Int(
                UInt32(
                    littleEndian: counts.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
                )
            )
        }
        let announcement = Announcement(
            kept: Array(values.dropFirst()),
            capacity: values[0],
            shared: try SharedCounts(
                UnsafeRawBufferPointer(rebasing: counts[(4 * (1 + expected))...]),
                from: peer,
                to: rank,
                traffic,
                tokensMax: plan.workload.tokensPerNPU
            )
        )
        let offered = routing.pairsMax(router: router)
        guard announcement.kept.allSatisfy({ $0 <= announcement.capacity }),
            announcement.kept.reduce(0, +) <= offered
        else {
            throw StepProblem(
                description: "rank \(peer) announces \(announcement.kept) tokens with a capacity "
                    + "of \(announcement.capacity), and it has \(offered)"
            )
        }
        announced[peer.index] = announcement
    }

    private var receive: [Int] {
        announced.map { announcement in announcement.map { bytes(of: $0) } ?? 0 }
    }

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        shared?.messageBytes ?? ([input.send, receive], [receive, input.send])
    }

    func adopt(isShared: Bool) throws(StepProblem) {
        guard isShared else { return }
        guard !grouped.groups.isEmpty || kept.allSatisfy({ $0 == 0 }) else {
            throw StepProblem(description: "a program that shares tokens which were not grouped")
        }
        let shared = SharedRows(
            rank: rank,
            own: grouped,
            announced: announced.map { $0?.shared ?? SharedCounts() },
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
        let receive = self.receive
        buffers.visiting.resize(receive)
        buffers.answers.resize(receive)
        let slots = receive.reduce(0, +) / traffic.tokenBytes.value
        input.expert = plan.model.expertTime(tokens: slots, tp: plan.parallel.tp)
        input.bufferBytes = buffers.byteCount
    }

    private func bytes(of announcement: Announcement) -> Int {
        announcement.kept.reduce(0) {
            $0 + traffic.slots(kept: $1, capacity: announcement.capacity)
        } * traffic.tokenBytes.value
    }

    // MARK: Bytes

    func stageEnded(_ role: StageRole) {
        if let shared {
            shared.stageEnded(role)
            return
        }
        guard role.kind == .dispatch, role.isLastRound else { return }
        let own = rank.index
        copy(buffers.outgoing.bytes(of: own), to: buffers.visiting.bytes(of: own), role.part)
        for source in announced.indices { answer(source, part: role.part) }
        copy(buffers.answers.bytes(of: own), to: buffers.returned.bytes(of: own), role.part)
    }

    func outgoing(exchange: Int, to rank: Rank) -> UnsafeMutableRawBufferPointer {
        if exchange == 2 { return buffers.sums.bytes(of: rank.index) }
        return (exchange == 0 ? buffers.outgoing : buffers.answers).bytes(of: rank.index)
    }

    func incoming(exchange: Int, from rank: Rank) -> UnsafeMutableRawBufferPointer {
        if let shared, exchange > 0 {
            return shared.incoming(exchange: exchange).bytes(of: rank.index)
        }
        return (exchange == 0 ? buffers.visiting : buffers.returned).bytes(of: rank.index)
    }

    /// Copies one part of what a rank has for itself.
    private func copy(
        _ from: UnsafeMutableRawBufferPointer,
        to: UnsafeMutableRawBufferPointer,
        _ part: Int
    ) {
        let range = cut.range(part, of: from.count)
        UnsafeMutableRawBufferPointer(rebasing: to[range])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: from[range]))
    }

    /// Calls `body` with each slot that came from a rank, or with those of one part of it: its
    /// expert and where its bytes lie in what came.
    private func forEachSlot(
        from source: Int,
        part: Int? = nil,
        _ body: (_ expert: Int, _ slot: Int, _ kept: Int, Range<Int>) -> Void
    ) {
        guard let announcement = announced[source] else { return }
        let count = buffers.visiting.bytes(of: source).count
        let range = part.map { cut.range($0, of: count) } ?? 0..<count
        var offset = 0
        for (expert, kept) in zip(localExperts, announcement.kept) {
            let slots = traffic.slots(kept: kept, capacity: announcement.capacity)
            for slot in 0..<slots {
                let end = offset + payload.tokenBytes
                if range.contains(offset) { body(expert, slot, kept, offset..<end) }
                offset = end
            }
        }
    }

    private func answer(_ source: Int, part: Int) {
        let visiting = buffers.visiting.bytes(of: source)
        let answers = buffers.answers.bytes(of: source)
        forEachSlot(from: source, part: part) { expert, _, _, range in
            TokenPayload.work(
                UnsafeRawBufferPointer(rebasing: visiting[range]),
                into: UnsafeMutableRawBufferPointer(rebasing: answers[range]),
                expert: expert
            )
        }
    }

    private func pack() {
        forEachOwnSlot(in: buffers.outgoing) { expert, slot, token, bytes in
            if let token {
                fill(bytes, token: token, expert: UInt32(expert))
                return
            }
            let stamp = TokenStamp(
                serial: UInt32(stamp),
                source: UInt32(traffic.layout.leader(of: rank).index),
                token: TokenStamp.emptySlot,
                expert: UInt32(expert)
            )
            payload.fillEmpty(bytes, stamp: stamp)
        }
    }

    /// Calls `body` with each slot of this rank's tokens, by destination, expert and position.
    private func forEachOwnSlot(
        in region: PayloadRegion,
        _ body: (_ expert: Int, _ slot: Int, _ token: Int?, UnsafeMutableRawBufferPointer) -> Void
    ) {
        var offsets = Array(repeating: 0, count: traffic.layout.world)
        for expert in 0..<plan.model.experts {
            let home = traffic.placement.home(of: ExpertIndex(expert), for: rank).index
            let bytes = region.bytes(of: home)
            let tokens = batch.assignment.slots(of: ExpertIndex(expert))
            let slots = traffic.slots(kept: tokens.count, capacity: batch.assignment.capacity)
            for slot in 0..<slots {
                let end = offsets[home] + payload.tokenBytes
                let token = slot < tokens.count ? tokens[slot] : nil
                body(
                    expert,
                    slot,
                    token,
                    UnsafeMutableRawBufferPointer(rebasing: bytes[offsets[home]..<end])
                )
                offsets[home] = end
            }
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
            forEachOwnSlot(in: buffers.returned) { _, _, token, bytes in
                if let token { outcome.add(UnsafeRawBufferPointer(bytes), to: token) }
            }
        }
        return (verification, digest(outcome))
    }

    /// Each payload that came here is a token of its source's batch, at an expert of this rank,
    /// and no token came to an expert twice.
    private func verifyVisitors(_ verification: inout Verification) {
        let expected = UnsafeMutableRawBufferPointer.allocate(
            byteCount: payload.tokenBytes,
            alignment: 8
        )
        defer { expected.deallocate() }
        for source in announced.indices where announced[source] != nil {
            let tokens = routing.tokens(of: Rank(source), step: step)
            let visiting = UnsafeRawBufferPointer(buffers.visiting.bytes(of: source))
            var seen: Set<[Int]> = []
            forEachSlot(from: source) { expert, slot, kept, range in
                let bytes = UnsafeRawBufferPointer(rebasing: visiting[range])
                let token = Int(
                    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
                )
                let stamp = TokenStamp(
                    serial: UInt32(stamp),
                    source: UInt32(traffic.layout.leader(of: Rank(source)).index),
                    token: slot < kept ? UInt32(token) : TokenStamp.emptySlot,
                    expert: UInt32(expert)
                )
                if slot < kept {
                    guard tokens.indices.contains(token) else {
                        verification.mismatch("slot \(slot) from rank \(source) names no token")
                        return
                    }
                    if !seen.insert([token, expert]).inserted {
                        verification.mismatch(
                            "token \(token) of rank \(source) came to expert \(expert) twice"
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
                        "slot \(slot) from rank \(source) for expert \(expert) is not as it was sent"
                    )
                }
            }
            verification.bytes += visiting.count
        }
    }

    /// Each of this rank's kept tokens came back from its expert, worked on, byte for byte.
    private func verifyReturned(_ verification: inout Verification) {
        forEachOwnSlot(in: buffers.outgoing) { expert, _, _, bytes in
            TokenPayload.work(UnsafeRawBufferPointer(bytes), into: bytes, expert: expert)
        }
        var offsets = Array(repeating: 0, count: traffic.layout.world)
        forEachOwnSlot(in: buffers.returned) { expert, slot, token, bytes in
            let home = traffic.placement.home(of: ExpertIndex(expert), for: rank).index
            let end = offsets[home] + payload.tokenBytes
            let sent = buffers.outgoing.bytes(of: home)[offsets[home]..<end]
            offsets[home] = end
            guard
                TokenPayload.areEqual(
                    UnsafeRawBufferPointer(bytes),
                    UnsafeRawBufferPointer(rebasing: sent)
                )
            else {
                verification.mismatch("slot \(slot) did not come back from expert \(expert)")
                return
            }
            if token != nil { verification.tokens += 1 }
        }
        verification.bytes += buffers.returned.count
    }

    /// Each copy that came is a token of its source's batch, and none came twice.
    private func verifyCopies(_ shared: SharedRows, _ verification: inout Verification) {
        for source in announced.indices {
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

    /// Over what each token's experts made of it, summed, and over the residual of each token that
    /// no expert kept: the same whichever way the bytes went.
    private func digest(_ outcome: TokenSums) -> UInt32 {
        var digest = outcome.digest
        for pair in batch.assignment.pairs where !pair.isKept {
            payload.row(ofStoreToken: batch.tokens[pair.token]).withUnsafeBytes {
                digest = CRC32C.of($0, after: digest)
            }
        }
        return digest
    }
}
