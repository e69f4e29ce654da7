import CProtobufC
import CWire
import ClusterModel
import Exchange

extension ControlMessage {
    /// Sets the body of an envelope; what it points to lives in the arena.
    func fill(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .challenge, .hello, .welcome:
            fillHandshake(&envelope, arena)
        case .plan(let plan):
            envelope.body_case = WIRE__ENVELOPE__BODY_PLAN
            envelope.plan = arena.message(wire__worker_plan__init) { plan.fill(&$0, arena) }
        case .prepare, .prepared, .program, .ready, .start, .finished, .check, .stepDone:
            fillStep(&envelope, arena)
        case .quiet, .confirm, .confirmed, .jump:
            fillFastForward(&envelope, arena)
        case .meshReady, .failure, .ping, .pong, .stop, .bye:
            fillLife(&envelope, arena)
        }
    }

    private func fillHandshake(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .challenge(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_CHALLENGE
            envelope.challenge = arena.message(wire__challenge__init) {
                $0.version = UInt32(value.version)
                $0.nonce = arena.bytes(value.nonce)
            }
        case .hello(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_HELLO
            envelope.hello = arena.message(wire__hello__init) {
                $0.version = UInt32(value.version)
                $0.rank = UInt32(value.rank)
                $0.listen_port = UInt32(value.listenPort)
                $0.nonce = arena.bytes(value.nonce)
                $0.proof = arena.bytes(value.proof)
            }
        case .welcome(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_WELCOME
            envelope.welcome = arena.message(wire__welcome__init) {
                $0.proof = arena.bytes(value.proof)
            }
        default: break
        }
    }

    private func fillStep(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .prepare(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_PREPARE
            envelope.prepare = arena.message(wire__prepare__init) { value.fill(&$0, arena) }
        case .prepared(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_PREPARED
            envelope.prepared = arena.message(wire__prepared__init) { value.fill(&$0, arena) }
        case .program(let serial, let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_PROGRAM
            envelope.program = arena.message(wire__program__init) {
                $0.serial = UInt32(serial)
                value.fill(&$0, arena)
            }
        case .ready(let serial):
            envelope.body_case = WIRE__ENVELOPE__BODY_READY
            envelope.ready = arena.message(wire__ready__init) { $0.serial = UInt32(serial) }
        case .start(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_START
            envelope.start = arena.message(wire__start__init) {
                $0.serial = UInt32(value.serial)
                $0.at_ns = value.at
                $0.deadline_ns = value.deadline
            }
        case .finished(let serial):
            envelope.body_case = WIRE__ENVELOPE__BODY_FINISHED
            envelope.finished = arena.message(wire__finished__init) {
                $0.serial = UInt32(serial)
            }
        case .check(let serial):
            envelope.body_case = WIRE__ENVELOPE__BODY_CHECK
            envelope.check = arena.message(wire__check__init) { $0.serial = UInt32(serial) }
        case .stepDone(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_STEP_DONE
            envelope.step_done = arena.message(wire__step_done__init) { value.fill(&$0, arena) }
        default: break
        }
    }

    private func fillFastForward(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .quiet(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_QUIET
            envelope.quiet = arena.message(wire__quiet__init) {
                $0.serial = UInt32(value.serial)
                $0.has_wake = value.wake == nil ? 0 : 1
                $0.wake_ps = value.wake?.picoseconds ?? 0
                $0.sent = UInt64(value.sent)
                $0.received = UInt64(value.received)
            }
        case .confirm(let serial, let round):
            envelope.body_case = WIRE__ENVELOPE__BODY_CONFIRM
            envelope.confirm = arena.message(wire__confirm__init) {
                $0.serial = UInt32(serial)
                $0.round = UInt32(round)
            }
        case .confirmed(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_CONFIRMED
            envelope.confirmed = arena.message(wire__confirmed__init) {
                $0.serial = UInt32(value.serial)
                $0.round = UInt32(value.round)
                $0.quiet = value.quiet ? 1 : 0
                $0.sent = UInt64(value.sent)
                $0.received = UInt64(value.received)
            }
        case .jump(let serial, let skipped):
            envelope.body_case = WIRE__ENVELOPE__BODY_JUMP
            envelope.jump = arena.message(wire__jump__init) {
                $0.serial = UInt32(serial)
                $0.skipped_ps = skipped.picoseconds
            }
        default: break
        }
    }

    private func fillLife(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .meshReady(let connections):
            envelope.body_case = WIRE__ENVELOPE__BODY_MESH_READY
            envelope.mesh_ready = arena.message(wire__mesh_ready__init) {
                $0.connections = UInt32(connections)
            }
        case .failure(let reason):
            envelope.body_case = WIRE__ENVELOPE__BODY_FAILURE
            envelope.failure = arena.message(wire__failure__init) {
                $0.reason = arena.string(reason)
            }
        case .ping(let count):
            envelope.body_case = WIRE__ENVELOPE__BODY_PING
            envelope.ping = arena.message(wire__ping__init) { $0.count = UInt64(count) }
        case .pong(let count):
            envelope.body_case = WIRE__ENVELOPE__BODY_PONG
            envelope.pong = arena.message(wire__pong__init) { $0.count = UInt64(count) }
        case .stop:
            envelope.body_case = WIRE__ENVELOPE__BODY_STOP
            envelope.stop = arena.message(wire__stop__init)
        case .bye(let value):
            envelope.body_case = WIRE__ENVELOPE__BODY_BYE
            envelope.bye = arena.message(wire__bye__init) {
                $0.refused = UInt32(value.refusals.count)
                ($0.n_refusals, $0.refusals) = arena.strings(value.refusals)
                $0.open_handles = UInt32(value.openHandles)
            }
        default: break
        }
    }
}

extension Prepare {
    fileprivate func fill(_ raw: inout Wire__Prepare, _ arena: PackingArena) {
        raw.serial = UInt32(serial)
        raw.step = UInt32(step)
        raw.router = UInt32(router)
        (raw.n_send, raw.send) = arena.array(send.map(UInt64.init))
        (raw.n_receive, raw.receive) = arena.array(receive.map(UInt64.init))
    }
}

extension Prepared {
    fileprivate func fill(_ raw: inout Wire__Prepared, _ arena: PackingArena) {
        raw.serial = UInt32(serial)
        (raw.n_send, raw.send) = arena.array(input.send.map(UInt64.init))
        (raw.n_kept, raw.kept) = arena.array(input.kept.map(UInt64.init))
        raw.offered = UInt64(input.offered)
        raw.dropped = UInt64(input.dropped)
        raw.capacity = UInt64(input.capacity)
        raw.gate_ps = input.gate.picoseconds
        raw.expert_ps = input.expert.picoseconds
        raw.buffer_bytes = UInt64(input.bufferBytes)
    }
}

extension StepDone {
    fileprivate func fill(_ raw: inout Wire__StepDone, _ arena: PackingArena) {
        raw.serial = UInt32(serial)
        (raw.n_stage_ends_ps, raw.stage_ends_ps) = arena.array(stageEnds.map(\.picoseconds))
        (raw.n_lateness, raw.lateness) = arena.array(lateness.map(UInt64.init))
        raw.lateness_max_ps = latenessMax.picoseconds
        raw.rate_share_max = rateShareMax
        raw.verified_tokens = UInt64(verifiedTokens)
        raw.verified_bytes = UInt64(verifiedBytes)
        raw.mismatches = UInt64(mismatches)
        raw.first_mismatch = arena.string(firstMismatch)
        raw.digest = digest
        raw.refused = UInt32(refusals.count)
        (raw.n_refusals, raw.refusals) = arena.strings(refusals)
    }
}
