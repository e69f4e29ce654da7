// Slots pooled over all ranks: every rank tells each expert which of its tokens chose it, the
// expert's rank admits as many as there are slots, and its verdicts go back. Both exchanges are on
// the clock.

import ClusterModel
import Exchange
import MoELayer
import Routing
import Wire

/// A (token, expert) pair on its way to be admitted, and its verdict on the way back.
enum CandidateRecord {
    /// Token, expert, score.
    static let size = 16
    private static let verdicts: [Assignment.Reason] = [.none, .capacity, .threshold, .lost]

    static func write(_ pair: Assignment.Pair, to bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBytes(of: UInt32(pair.token).littleEndian, as: UInt32.self)
        bytes.storeBytes(
            of: UInt32(pair.expert.index).littleEndian,
            toByteOffset: 4,
            as: UInt32.self
        )
        bytes.storeBytes(
            of: pair.score.bitPattern.littleEndian,
            toByteOffset: 8,
            as: UInt64.self
        )
    }

    static func read(_ bytes: UnsafeRawBufferPointer) -> Assignment.Pair {
        let token = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        let expert = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let score = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return Assignment.Pair(
            token: Int(token),
            expert: Int(expert),
            score: Double(bitPattern: score),
            weight: 0
        )
    }

    /// The record goes back with the verdict in place of the score.
    static func write(
        _ verdict: Assignment.Reason,
        to bytes: UnsafeMutableRawBufferPointer
    ) {
        let code: UInt64 =
            switch verdict {
            case .none: 0
            case .capacity: 1
            case .threshold: 2
            case .lost: 3
            }
        bytes.storeBytes(of: code.littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// Nil where the code means nothing.
    static func verdict(_ bytes: UnsafeRawBufferPointer) -> Assignment.Reason? {
        let code = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return code < UInt64(verdicts.count) ? verdicts[Int(code)] : nil
    }
}

/// One rank's part of an admission.
final class AdmissionStep: StepWork {
    private let rank: Rank
    private let layer: Int
    private let trainer: RankTrainer
    /// With the C that follows from what all ranks offer, once they have said.
    private var admission: PooledAdmission
    private let placement: ExpertPlacement
    private let buffers: ExchangeBuffers
    /// Its own candidates, in token order, and for each the rank that decides; nil of those that ask
    /// nobody.
    private let candidates: [Assignment.Pair]
    private let homes: [Int?]
    /// What each rank has for this one, bytes, and for all.
    private var announced: [Announcement]
    /// Candidates that came for experts of other ranks.
    private var strangers = 0
    private(set) var input: RankInput

    init(
        prepare: Prepare,
        plan: ClusterPlan,
        trainer: RankTrainer,
        buffers: ExchangeBuffers
    ) throws {
        rank = trainer.rank
        layer = prepare.segment.layer
        self.trainer = trainer
        self.buffers = buffers
        placement = ExpertPlacement(RankLayout(plan), excluded: trainer.excluded)
        if layer == 0, !trainer.adapts {
            try trainer.begin(step: prepare.step, hurts: prepare.experts)
        }
        let candidates = trainer.candidates(layer: layer)
        guard let admission = trainer.training.admission(layer: layer) else {
            throw StepProblem(description: "told to pool slots of a router that decides alone")
        }
        (self.admission, self.candidates) = (admission, candidates)
        input = RankInput(
            admitting: candidates,
            of: rank,
            placement,
            trainer.gateTime(prepare.segment)
        )
        homes = candidates.map { [placement, rank] in
            PooledAdmission.asks($0) ? placement.home(of: $0.expert, for: rank).index : nil
        }
        announced = Array(repeating: Announcement(bytes: 0, offered: 0), count: plan.world)
        announced[rank.index] = announcement(for: rank)
        buffers.outgoing.resize(input.send)
        buffers.returned.resize(input.send)
        forEachOwn(in: buffers.outgoing) { CandidateRecord.write(candidates[$0], to: $1) }
    }

    private var layout: RankLayout { placement.layout }

    /// Calls `body` with each candidate and where its record lies.
    private func forEachOwn(
        in region: PayloadRegion,
        _ body: (Int, UnsafeMutableRawBufferPointer) -> Void
    ) {
        var offsets = Array(repeating: 0, count: layout.world)
        for (index, home) in homes.enumerated() {
            guard let home else { continue }
            let start = offsets[home]
            offsets[home] += CandidateRecord.size
            body(index, .init(rebasing: region.bytes(of: home)[start..<offsets[home]]))
        }
    }

    // MARK: Counts

    /// What a rank tells another one ahead.
    private struct Announcement {
        /// Of its candidates for the experts there.
        var bytes: Int
        /// How many candidates it has in all.
        var offered: Int
    }

    private func announcement(for peer: Rank) -> Announcement {
        let offered = input.send.reduce(0, +) / CandidateRecord.size
        return Announcement(bytes: input.send[peer.index], offered: offered)
    }

    func counts(for peer: Rank) -> [UInt8] {
        let own = announcement(for: peer)
        return [own.bytes, own.offered].flatMap { value in
            withUnsafeBytes(of: UInt64(value).littleEndian) { Array($0) }
        }
    }

    func announce(_ counts: UnsafeRawBufferPointer, from peer: Rank) throws(StepProblem) {
        guard counts.count == 16 else {
            throw StepProblem(description: "\(counts.count) bytes of counts from rank \(peer)")
        }
        func word(_ offset: Int) -> Int {
            let word = counts.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            return Int(clamping: UInt64(littleEndian: word))
        }
        let seen = Announcement(bytes: word(0), offered: word(8))
        let most = trainer.settings.tokensPerRank * layout.experts
        guard seen.offered <= most, seen.bytes <= seen.offered * CandidateRecord.size,
            seen.bytes.isMultiple(of: CandidateRecord.size)
        else {
            throw StepProblem(
                description: "rank \(peer) announces \(seen.bytes) bytes of \(seen.offered) "
                    + "candidates, at most \(most) in records of \(CandidateRecord.size) were "
                    + "expected"
            )
        }
        announced[peer.index] = seen
    }

    func ready() {
        buffers.visiting.resize(announced.map(\.bytes))
        buffers.answers.resize(announced.map(\.bytes))
        input.bufferBytes = buffers.byteCount
        admission = admission.holding(pairs: offeredByAll, experts: layout.experts)
    }

    /// Pairs of all ranks; those of a tensor-parallel group have the same, and count once.
    private var offeredByAll: Int {
        let place = rank.index % layout.parallel.tp
        return layout.twins[place].reduce(0) { $0 + announced[$1.index].offered }
    }

    var messageBytes: (outgoing: [[Int]], incoming: [[Int]]) {
        let visiting = announced.map(\.bytes)
        return ([input.send, visiting], [visiting, input.send])
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
        buffers.keepDispatched(by: rank)
        decide()
        buffers.keepAnswered(by: rank)
    }

    /// Admits what has come, over all ranks, and answers each.
    private func decide() {
        let size = CandidateRecord.size
        let pooled = layout.ranks.map { source in
            let bytes = UnsafeRawBufferPointer(buffers.visiting.bytes(of: source.index))
            return (0..<bytes.count / size).map {
                CandidateRecord.read(.init(rebasing: bytes[$0 * size..<($0 + 1) * size]))
            }
        }
        let local = Set(placement.experts(on: rank))
        strangers = pooled.reduce(0) { $0 + $1.count { !local.contains($0.expert.index) } }
        // Nobody decides on what is not his: records go back without verdicts, which is seen there,
        // too.
        guard strangers == 0 else {
            for region in layout.ranks.map({ buffers.answers.bytes(of: $0.index) }) {
                region.initializeMemory(as: UInt8.self, repeating: 0xFF)
            }
            return
        }
        for (source, verdicts) in admission.verdicts(pooled, experts: layout.experts).enumerated() {
            let answers = buffers.answers.bytes(of: source)
            answers.copyMemory(
                from: UnsafeRawBufferPointer(buffers.visiting.bytes(of: source))
            )
            for (index, verdict) in verdicts.enumerated() {
                let record = answers[index * size..<(index + 1) * size]
                CandidateRecord.write(verdict, to: .init(rebasing: record))
            }
        }
    }

    // MARK: Proof

    func settle() {
        trainer.admit(
            layer: layer,
            admission.assignment(candidates, verdicts, experts: layout.experts)
        )
    }

    /// The verdicts that came back; a pair whose verdict cannot be read is refused.
    private var verdicts: [Assignment.Reason] {
        var verdicts = candidates.map {
            PooledAdmission.asks($0) ? Assignment.Reason.capacity : $0.reason
        }
        forEachOwn(in: buffers.returned) {
            verdicts[$0] = CandidateRecord.verdict(UnsafeRawBufferPointer($1)) ?? .capacity
        }
        // More than an expert has room for can only come of bytes that are wrong, which `verify`
        // tells: no assignment may hold them.
        var admitted = [Int](repeating: 0, count: layout.experts)
        for (index, pair) in candidates.enumerated() where verdicts[index] == .none {
            admitted[pair.expert.index] += 1
            if admitted[pair.expert.index] > admission.capacity { verdicts[index] = .capacity }
        }
        return verdicts
    }

    /// Each record came back with its token and expert, and a verdict.
    func verify() -> (Verification, digest: UInt32) {
        var verification = Verification()
        if strangers > 0 {
            verification.mismatch("\(strangers) candidates for experts of other ranks")
        }
        forEachOwn(in: buffers.returned) { index, bytes in
            let record = UnsafeRawBufferPointer(bytes)
            let (seen, own) = (CandidateRecord.read(record), candidates[index])
            if seen.token != own.token || seen.expert != own.expert
                || CandidateRecord.verdict(record) == nil
            {
                verification.mismatch(
                    "the verdict on token \(own.token) for expert \(own.expert.index) is not one"
                )
            }
        }
        var admitted = [Int](repeating: 0, count: layout.experts)
        forEachOwn(in: buffers.returned) { index, bytes in
            guard CandidateRecord.verdict(UnsafeRawBufferPointer(bytes)) == Assignment.Reason.none
            else { return }
            admitted[candidates[index].expert.index] += 1
        }
        if let expert = admitted.firstIndex(where: { $0 > admission.capacity }) {
            verification.mismatch(
                "expert \(expert) admits \(admitted[expert]) pairs of one rank, and has room for "
                    + "\(admission.capacity) of all"
            )
        }
        verification.bytes = buffers.visiting.count + buffers.returned.count
        return (verification, CRC32C.of(buffers.returned.bytes))
    }
}

extension RankInput {
    /// What a rank puts into an admission: a record for each pair it offers.
    init(
        admitting candidates: [Assignment.Pair],
        of rank: Rank,
        _ placement: ExpertPlacement,
        _ gate: Interval
    ) {
        var send = Array(repeating: 0, count: placement.layout.world)
        for pair in candidates where PooledAdmission.asks(pair) {
            send[placement.home(of: pair.expert, for: rank).index] += CandidateRecord.size
        }
        self.init(
            send: send,
            kept: [],
            offered: 0,
            dropped: 0,
            capacity: 0,
            gate: gate,
            expert: .zero,
            bufferBytes: 0
        )
    }
}
