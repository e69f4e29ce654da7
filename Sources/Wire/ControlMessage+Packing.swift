import CProtobufC
import CWire
import ClusterModel
import Exchange

extension ControlMessage {
    /// Sets the body of an envelope; what it points to lives in the arena.
    func fill(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .challenge, .hello, .welcome:
            unsafe fillHandshake(&envelope, arena)
        case .plan(let plan):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_PLAN
            unsafe envelope.plan = unsafe arena.message(wire__worker_plan__init) {
                unsafe plan.fill(&$0, arena)
            }
        case .prepare, .prepared, .program, .ready, .start, .finished, .check, .stepDone:
            unsafe fillStep(&envelope, arena)
        case .quiet, .confirm, .confirmed, .jump:
            unsafe fillFastForward(&envelope, arena)
        case .linkDown, .abandon, .abandoned, .mend:
            unsafe fillRecovery(&envelope, arena)
        case .ways, .hurt, .reached:
            unsafe fillFaults(&envelope, arena)
        case .strike, .struck:
            unsafe fillStrike(&envelope, arena)
        case .meshReady, .failure, .ping, .pong, .stop, .bye:
            unsafe fillLife(&envelope, arena)
        }
    }

    private func fillHandshake(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .challenge(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_CHALLENGE
            unsafe envelope.challenge = unsafe arena.message(wire__challenge__init) {
                unsafe $0.version = UInt32(value.version)
                unsafe $0.nonce = unsafe arena.bytes(value.nonce)
            }
        case .hello(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_HELLO
            unsafe envelope.hello = unsafe arena.message(wire__hello__init) {
                unsafe $0.version = UInt32(value.version)
                unsafe $0.rank = UInt32(value.rank)
                unsafe $0.listen_port = UInt32(value.listenPort)
                unsafe $0.nonce = unsafe arena.bytes(value.nonce)
                unsafe $0.proof = unsafe arena.bytes(value.proof)
            }
        case .welcome(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_WELCOME
            unsafe envelope.welcome = unsafe arena.message(wire__welcome__init) {
                unsafe $0.proof = unsafe arena.bytes(value.proof)
            }
        default: break
        }
    }

    private func fillStep(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .prepare(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_PREPARE
            unsafe envelope.prepare = unsafe arena.message(wire__prepare__init) {
                unsafe value.fill(&$0, arena)
            }
        case .prepared(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_PREPARED
            unsafe envelope.prepared = unsafe arena.message(wire__prepared__init) {
                unsafe value.fill(&$0, arena)
            }
        case .program(let serial, let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_PROGRAM
            unsafe envelope.program = unsafe arena.message(wire__program__init) {
                unsafe $0.serial = UInt32(serial)
                unsafe value.fill(&$0, arena)
            }
        case .ready(let serial):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_READY
            unsafe envelope.ready = unsafe arena.message(wire__ready__init) {
                unsafe $0.serial = UInt32(serial)
            }
        case .start(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_START
            unsafe envelope.start = unsafe arena.message(wire__start__init) {
                unsafe $0.serial = UInt32(value.serial)
                unsafe $0.at_ns = value.at
                unsafe $0.polls = value.polls ? 1 : 0
            }
        case .finished(let serial):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_FINISHED
            unsafe envelope.finished = unsafe arena.message(wire__finished__init) {
                unsafe $0.serial = UInt32(serial)
            }
        case .check(let serial):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_CHECK
            unsafe envelope.check = unsafe arena.message(wire__check__init) {
                unsafe $0.serial = UInt32(serial)
            }
        case .stepDone(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_STEP_DONE
            unsafe envelope.step_done = unsafe arena.message(wire__step_done__init) {
                unsafe value.fill(&$0, arena)
            }
        default: break
        }
    }

    private func fillFastForward(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .quiet(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_QUIET
            unsafe envelope.quiet = unsafe arena.message(wire__quiet__init) {
                unsafe $0.serial = UInt32(value.serial)
                unsafe $0.has_wake = value.wake == nil ? 0 : 1
                unsafe $0.wake_ps = value.wake?.picoseconds ?? 0
                unsafe $0.sent = UInt64(value.sent)
                unsafe $0.received = UInt64(value.received)
            }
        case .confirm(let serial, let round, let stage):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_CONFIRM
            unsafe envelope.confirm = unsafe arena.message(wire__confirm__init) {
                unsafe $0.serial = UInt32(serial)
                unsafe $0.round = UInt32(round)
                unsafe $0.asks = stage == nil ? 0 : 1
                unsafe $0.up_to = UInt32(stage ?? 0)
            }
        case .confirmed(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_CONFIRMED
            unsafe envelope.confirmed = unsafe arena.message(wire__confirmed__init) {
                unsafe $0.serial = UInt32(value.serial)
                unsafe $0.round = UInt32(value.round)
                unsafe $0.quiet = value.quiet ? 1 : 0
                unsafe $0.sent = UInt64(value.sent)
                unsafe $0.received = UInt64(value.received)
            }
        case .jump(let serial, let skipped):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_JUMP
            unsafe envelope.jump = unsafe arena.message(wire__jump__init) {
                unsafe $0.serial = UInt32(serial)
                unsafe $0.skipped_ps = skipped.picoseconds
            }
        default: break
        }
    }

    private func fillRecovery(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .linkDown(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_LINK_DOWN
            unsafe envelope.link_down = unsafe arena.message(wire__link_down__init) {
                unsafe $0.peer = UInt32(value.peer)
                unsafe $0.corrupt = value.isCorrupt ? 1 : 0
                unsafe $0.reason = unsafe arena.string(value.reason)
            }
        case .abandon(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_ABANDON
            unsafe envelope.abandon = unsafe arena.message(wire__abandon__init) {
                unsafe $0.serial = UInt32(value.serial)
                unsafe ($0.n_dropped, $0.dropped) = unsafe arena.ranks(value.dropped)
                unsafe ($0.n_excluded, $0.excluded) = unsafe arena.ranks(value.excluded)
            }
        case .abandoned(let serial):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_ABANDONED
            unsafe envelope.abandoned = unsafe arena.message(wire__abandoned__init) {
                unsafe $0.serial = UInt32(serial)
            }
        case .mend(let peerPorts):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_MEND
            unsafe envelope.mend = unsafe arena.message(wire__mend__init) {
                unsafe ($0.n_peer_ports, $0.peer_ports) = unsafe arena.array(
                    peerPorts.map(UInt32.init)
                )
            }
        default: break
        }
    }

    private func fillStrike(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .strike(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_STRIKE
            unsafe envelope.strike = unsafe arena.message(wire__strike__init) {
                unsafe $0.id = UInt32(value.id)
                unsafe $0.deed = unsafe arena.string(value.deed.name)
                unsafe $0.number = UInt32(value.deed.number)
            }
        case .struck(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_STRUCK
            unsafe envelope.struck = unsafe arena.message(wire__struck__init) {
                unsafe $0.id = UInt32(value.id)
                unsafe $0.refusal = unsafe arena.string(value.refusal)
            }
        default: break
        }
    }

    private func fillLife(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .meshReady(let connections):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_MESH_READY
            unsafe envelope.mesh_ready = unsafe arena.message(wire__mesh_ready__init) {
                unsafe $0.connections = UInt32(connections)
            }
        case .failure(let reason):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_FAILURE
            unsafe envelope.failure = unsafe arena.message(wire__failure__init) {
                unsafe $0.reason = unsafe arena.string(reason)
            }
        case .ping(let count):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_PING
            unsafe envelope.ping = unsafe arena.message(wire__ping__init) {
                unsafe $0.count = UInt64(count)
            }
        case .pong(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_PONG
            unsafe envelope.pong = unsafe arena.message(wire__pong__init) {
                unsafe $0.count = UInt64(value.count)
                unsafe $0.stage = UInt32(value.stage)
                unsafe ($0.n_waits_for, $0.waits_for) = unsafe arena.ranks(value.waitsFor)
                unsafe ($0.n_missing_bytes, $0.missing_bytes) = unsafe arena.array(
                    value.missingBytes.map(UInt64.init)
                )
            }
        case .stop:
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_STOP
            unsafe envelope.stop = unsafe arena.message(wire__stop__init)
        case .bye(let value):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_BYE
            unsafe envelope.bye = unsafe arena.message(wire__bye__init) {
                unsafe $0.refused = UInt32(value.refusals.count)
                unsafe ($0.n_refusals, $0.refusals) = unsafe arena.strings(value.refusals)
                unsafe $0.open_handles = UInt32(value.openHandles)
            }
        default: break
        }
    }
}

extension Prepare {
    fileprivate func fill(_ raw: inout Wire__Prepare, _ arena: PackingArena) {
        unsafe raw.serial = UInt32(serial)
        unsafe raw.step = UInt32(step)
        unsafe raw.router = UInt32(router)
        unsafe (raw.n_send, raw.send) = unsafe arena.array(send.map(UInt64.init))
        unsafe (raw.n_receive, raw.receive) = unsafe arena.array(receive.map(UInt64.init))
        unsafe raw.stamp = UInt32(stamp)
        unsafe raw.segment = unsafe arena.string(segment.name)
        unsafe raw.layer = UInt32(segment.layer)
        let hurts = unsafe experts.map { hurt in
            unsafe Optional(unsafe arena.message(wire__expert_hurt__init) { unsafe hurt.fill(&$0) })
        }
        unsafe (raw.n_experts, raw.experts) = unsafe arena.array(hurts)
    }
}

extension Prepared {
    fileprivate func fill(_ raw: inout Wire__Prepared, _ arena: PackingArena) {
        unsafe raw.serial = UInt32(serial)
        unsafe (raw.n_send, raw.send) = unsafe arena.array(input.send.map(UInt64.init))
        unsafe (raw.n_kept, raw.kept) = unsafe arena.array(input.kept.map(UInt64.init))
        unsafe raw.offered = UInt64(input.offered)
        unsafe raw.dropped = UInt64(input.dropped)
        unsafe raw.capacity = UInt64(input.capacity)
        unsafe raw.gate_ps = input.gate.picoseconds
        unsafe raw.expert_ps = input.expert.picoseconds
        unsafe raw.buffer_bytes = UInt64(input.bufferBytes)
        let groups = input.groups
        unsafe (raw.n_group_node, raw.group_node) = unsafe arena.array(
            groups.map { UInt32($0.node) }
        )
        unsafe (raw.n_group_npus, raw.group_npus) = unsafe arena.array(groups.map(\.npus))
        unsafe (raw.n_group_tokens, raw.group_tokens) = unsafe arena.array(
            groups.map { UInt64($0.tokens) }
        )
    }
}

extension StepDone {
    fileprivate func fill(_ raw: inout Wire__StepDone, _ arena: PackingArena) {
        unsafe raw.serial = UInt32(serial)
        unsafe (raw.n_stage_ends_ps, raw.stage_ends_ps) = unsafe arena.array(
            stageEnds.map(\.picoseconds)
        )
        unsafe (raw.n_lateness, raw.lateness) = unsafe arena.array(lateness.map(UInt64.init))
        unsafe raw.lateness_max_ps = latenessMax.picoseconds
        unsafe raw.rate_share_max = rateShareMax
        unsafe raw.verified_tokens = UInt64(verifiedTokens)
        unsafe raw.verified_bytes = UInt64(verifiedBytes)
        unsafe raw.mismatches = UInt64(mismatches)
        unsafe raw.first_mismatch = unsafe arena.string(firstMismatch)
        unsafe raw.digest = digest
        unsafe raw.refused = UInt32(refusals.count)
        unsafe (raw.n_refusals, raw.refusals) = unsafe arena.strings(refusals)
        guard let learned else { return }
        unsafe raw.learned = unsafe arena.message(wire__learned__init) {
            unsafe $0.loss = learned.loss
            unsafe $0.tokens = UInt64(learned.tokens)
            unsafe $0.parameters = learned.parameters
        }
    }
}
