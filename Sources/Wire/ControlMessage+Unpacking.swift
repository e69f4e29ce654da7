// From unpacked C structures to values. Whatever a peer sends, nothing here traps: numbers are
// clamped, names are looked up, and what has no meaning is an error.

import CProtobufC
import CWire
import ClusterModel
import Exchange

extension ControlMessage {
    init(_ raw: Wire__Envelope) throws(ControlError) {
        switch unsafe raw.body_case {
        case WIRE__ENVELOPE__BODY_CHALLENGE:
            self = unsafe .challenge(Challenge(raw.challenge.pointee))
        case WIRE__ENVELOPE__BODY_HELLO: self = unsafe .hello(Hello(raw.hello.pointee))
        case WIRE__ENVELOPE__BODY_WELCOME:
            self = unsafe .welcome(Welcome(proof: bytes(raw.welcome.pointee.proof)))
        case WIRE__ENVELOPE__BODY_PLAN: self = unsafe .plan(try WorkerPlan(raw.plan.pointee))
        case WIRE__ENVELOPE__BODY_MESH_READY:
            self = unsafe .meshReady(connections: Int(raw.mesh_ready.pointee.connections))
        case WIRE__ENVELOPE__BODY_PREPARE: self = unsafe .prepare(try Prepare(raw.prepare.pointee))
        case WIRE__ENVELOPE__BODY_PREPARED:
            self = unsafe .prepared(try Prepared(raw.prepared.pointee))
        case WIRE__ENVELOPE__BODY_PROGRAM:
            let program = unsafe raw.program.pointee
            self = unsafe .program(serial: Int(program.serial), try RankProgram(program))
        case WIRE__ENVELOPE__BODY_READY:
            self = unsafe .ready(serial: Int(raw.ready.pointee.serial))
        case WIRE__ENVELOPE__BODY_START: self = unsafe .start(Start(raw.start.pointee))
        case WIRE__ENVELOPE__BODY_QUIET: self = unsafe .quiet(Quiet(raw.quiet.pointee))
        case WIRE__ENVELOPE__BODY_CONFIRM:
            let confirm = unsafe raw.confirm.pointee
            self = unsafe .confirm(
                serial: Int(confirm.serial),
                round: Int(confirm.round),
                asksUpTo: confirm.asks != 0 ? Int(confirm.up_to) : nil
            )
        case WIRE__ENVELOPE__BODY_CONFIRMED:
            self = unsafe .confirmed(Confirmed(raw.confirmed.pointee))
        case WIRE__ENVELOPE__BODY_JUMP:
            let jump = unsafe raw.jump.pointee
            self = unsafe .jump(
                serial: Int(jump.serial),
                skipped: Interval(picoseconds: jump.skipped_ps)
            )
        case WIRE__ENVELOPE__BODY_FINISHED:
            self = unsafe .finished(serial: Int(raw.finished.pointee.serial))
        case WIRE__ENVELOPE__BODY_CHECK:
            self = unsafe .check(serial: Int(raw.check.pointee.serial))
        case WIRE__ENVELOPE__BODY_STEP_DONE:
            self = unsafe .stepDone(StepDone(raw.step_done.pointee))
        case WIRE__ENVELOPE__BODY_FAILURE:
            self = unsafe .failure(reason: text(raw.failure.pointee.reason))
        case WIRE__ENVELOPE__BODY_LINK_DOWN:
            self = unsafe .linkDown(LinkDown(raw.link_down.pointee))
        case WIRE__ENVELOPE__BODY_WAYS:
            let ways = unsafe raw.ways.pointee
            self = unsafe .ways(serial: Int(ways.serial), try RankWays(ways))
        case WIRE__ENVELOPE__BODY_REACHED:
            let point = unsafe raw.reached.pointee
            self = unsafe .reached(
                ReachedPoint(strike: Int(point.strike), at: Instant(picoseconds: point.at_ps))
            )
        case WIRE__ENVELOPE__BODY_HURT: self = unsafe .hurt(try Hurt(raw.hurt.pointee))
        case WIRE__ENVELOPE__BODY_ABANDON: self = unsafe .abandon(Abandon(raw.abandon.pointee))
        case WIRE__ENVELOPE__BODY_ABANDONED:
            self = unsafe .abandoned(serial: Int(raw.abandoned.pointee.serial))
        case WIRE__ENVELOPE__BODY_MEND:
            let mend = unsafe raw.mend.pointee
            self = unsafe .mend(
                peerPorts: UnsafeBufferPointer(start: mend.peer_ports, count: mend.n_peer_ports)
                    .map(Int.init)
            )
        case WIRE__ENVELOPE__BODY_STRIKE:
            self = unsafe .strike(try Strike(raw.strike.pointee))
        case WIRE__ENVELOPE__BODY_STRUCK:
            let struck = unsafe raw.struck.pointee
            self = unsafe .struck(Struck(id: Int(struck.id), refusal: text(struck.refusal)))
        case WIRE__ENVELOPE__BODY_PING: self = unsafe .ping(count: number(raw.ping.pointee.count))
        case WIRE__ENVELOPE__BODY_PONG: self = unsafe .pong(Pong(raw.pong.pointee))
        case WIRE__ENVELOPE__BODY_STOP: self = .stop
        case WIRE__ENVELOPE__BODY_BYE: self = unsafe .bye(Bye(raw.bye.pointee))
        default: throw .invalid("no body")
        }
    }
}

/// A C string; anything that is not UTF-8 in it is repaired.
func text(_ raw: UnsafePointer<CChar>?) -> String {
    unsafe raw.map { unsafe String(cString: $0) } ?? ""
}

func bytes(_ raw: ProtobufCBinaryData) -> [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: raw.data, count: raw.len))
}

/// A count; one that fits no Int becomes the largest.
func number(_ raw: UInt64) -> Int { Int(clamping: raw) }

func numbers(_ count: Int, _ raw: UnsafePointer<UInt64>?) -> [Int] {
    unsafe UnsafeBufferPointer(start: raw, count: count).map(number)
}

func ranks(_ count: Int, _ raw: UnsafePointer<UInt32>?) -> [Rank] {
    unsafe UnsafeBufferPointer(start: raw, count: count).map { Rank(Int($0)) }
}

func texts(_ count: Int, _ raw: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String] {
    unsafe UnsafeBufferPointer(start: raw, count: count).map { unsafe text($0) }
}

extension Challenge {
    fileprivate init(_ raw: Wire__Challenge) {
        unsafe self.init(version: Int(raw.version), nonce: bytes(raw.nonce))
    }
}

extension Hello {
    fileprivate init(_ raw: Wire__Hello) {
        unsafe self.init(
            version: Int(raw.version),
            rank: Int(raw.rank),
            listenPort: Int(raw.listen_port),
            nonce: bytes(raw.nonce),
            proof: bytes(raw.proof)
        )
    }
}

extension Prepare {
    fileprivate init(_ raw: Wire__Prepare) throws(ControlError) {
        guard
            let segment = unsafe StepSegment(name: text(raw.segment), layer: Int(raw.layer))
        else { throw .invalid(unsafe "a segment \(text(raw.segment)) of a step") }
        unsafe self.init(
            serial: Int(raw.serial),
            step: Int(raw.step),
            router: Int(raw.router),
            segment: segment,
            send: numbers(raw.n_send, raw.send),
            receive: numbers(raw.n_receive, raw.receive),
            stamp: Int(raw.stamp)
        )
        for index in unsafe 0..<raw.n_experts {
            guard let hurt = unsafe raw.experts[index] else { continue }
            experts.append(unsafe try ExpertHurt(hurt.pointee))
        }
    }
}

extension Prepared {
    fileprivate init(_ raw: Wire__Prepared) throws(ControlError) {
        guard unsafe raw.n_group_node == raw.n_group_npus,
            unsafe raw.n_group_node == raw.n_group_tokens
        else { throw .invalid("columns of token groups that differ in length") }
        unsafe self.init(
            serial: Int(raw.serial),
            input: RankInput(
                send: numbers(raw.n_send, raw.send),
                kept: numbers(raw.n_kept, raw.kept),
                offered: number(raw.offered),
                dropped: number(raw.dropped),
                capacity: number(raw.capacity),
                gate: Interval(picoseconds: raw.gate_ps),
                expert: Interval(picoseconds: raw.expert_ps),
                bufferBytes: number(raw.buffer_bytes)
            )
        )
        input.groups = unsafe (0..<raw.n_group_node).map {
            unsafe TokenGroup(
                node: Int(raw.group_node[$0]),
                npus: raw.group_npus[$0],
                tokens: number(raw.group_tokens[$0])
            )
        }
    }
}

extension Start {
    fileprivate init(_ raw: Wire__Start) {
        unsafe self.init(
            serial: Int(raw.serial),
            at: raw.at_ns,
            polls: raw.polls != 0
        )
    }
}

extension Quiet {
    fileprivate init(_ raw: Wire__Quiet) {
        unsafe self.init(
            serial: Int(raw.serial),
            wake: raw.has_wake != 0 ? Instant(picoseconds: raw.wake_ps) : nil,
            sent: number(raw.sent),
            received: number(raw.received)
        )
    }
}

extension Confirmed {
    fileprivate init(_ raw: Wire__Confirmed) {
        unsafe self.init(
            serial: Int(raw.serial),
            round: Int(raw.round),
            quiet: raw.quiet != 0,
            sent: number(raw.sent),
            received: number(raw.received)
        )
    }
}

extension StepDone {
    fileprivate init(_ raw: Wire__StepDone) {
        unsafe self.init(
            serial: Int(raw.serial),
            stageEnds: UnsafeBufferPointer(start: raw.stage_ends_ps, count: raw.n_stage_ends_ps)
                .map(Instant.init(picoseconds:)),
            lateness: numbers(raw.n_lateness, raw.lateness),
            latenessMax: Interval(picoseconds: raw.lateness_max_ps),
            verifiedTokens: number(raw.verified_tokens),
            verifiedBytes: number(raw.verified_bytes),
            mismatches: number(raw.mismatches),
            firstMismatch: text(raw.first_mismatch),
            digest: raw.digest,
            // Not a number is no share: far above what is allowed.
            rateShareMax: raw.rate_share_max >= 0 ? raw.rate_share_max : .infinity,
            learned: raw.learned.map { unsafe RankLearned($0.pointee) },
            refusals: texts(raw.n_refusals, raw.refusals)
        )
    }
}

extension LinkDown {
    fileprivate init(_ raw: Wire__LinkDown) {
        unsafe self.init(
            peer: Int(raw.peer),
            isCorrupt: raw.corrupt != 0,
            reason: text(raw.reason)
        )
    }
}

extension Pong {
    fileprivate init(_ raw: Wire__Pong) {
        unsafe self.init(
            count: number(raw.count),
            stage: Int(raw.stage),
            waitsFor: ranks(raw.n_waits_for, raw.waits_for),
            missingBytes: numbers(raw.n_missing_bytes, raw.missing_bytes)
        )
    }
}

extension Abandon {
    fileprivate init(_ raw: Wire__Abandon) {
        unsafe self.init(
            serial: Int(raw.serial),
            dropped: ranks(raw.n_dropped, raw.dropped),
            excluded: ranks(raw.n_excluded, raw.excluded)
        )
    }
}

extension RankLearned {
    fileprivate init(_ raw: Wire__Learned) {
        unsafe self.init(
            loss: raw.loss,
            tokens: number(raw.tokens),
            parameters: raw.parameters
        )
    }
}

extension Bye {
    fileprivate init(_ raw: Wire__Bye) {
        unsafe self.init(
            refusals: texts(raw.n_refusals, raw.refusals),
            openHandles: Int(raw.open_handles)
        )
    }
}
