// Faults of the plan on their way to workers, and what workers saw of them on its way back.

import CProtobufC
import CWire
import ClusterModel
import Exchange
import Links

extension ControlMessage {
    func fillFaults(_ envelope: inout Wire__Envelope, _ arena: PackingArena) {
        switch self {
        case .ways(let serial, let ways):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_WAYS
            unsafe envelope.ways = unsafe arena.message(wire__ways__init) {
                unsafe $0.serial = UInt32(serial)
                unsafe ways.fill(&$0, arena)
            }
        case .reached(let point):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_REACHED
            unsafe envelope.reached = unsafe arena.message(wire__reached__init) {
                unsafe $0.strike = UInt32(point.strike)
                unsafe $0.at_ps = point.at.picoseconds
            }
        case .hurt(let hurt):
            unsafe envelope.body_case = WIRE__ENVELOPE__BODY_HURT
            unsafe envelope.hurt = unsafe arena.message(wire__hurt__init) {
                unsafe $0.kind = unsafe arena.string(hurt.kind.rawValue)
                unsafe ($0.n_peers, $0.peers) = unsafe arena.ranks(hurt.peers)
                unsafe $0.heals = hurt.heals ? 1 : 0
            }
        default: break
        }
    }
}

extension Hurt {
    init(_ raw: Wire__Hurt) throws(ControlError) {
        guard let kind = unsafe ConnectionHurt(rawValue: text(raw.kind)) else {
            throw .invalid(unsafe "a hurt of kind \(text(raw.kind))")
        }
        unsafe self.init(
            kind: kind,
            peers: ranks(raw.n_peers, raw.peers),
            heals: raw.heals != 0
        )
    }
}

extension RankWays {
    fileprivate func fill(_ raw: inout Wire__Ways, _ arena: PackingArena) {
        unsafe raw.whole = isWhole ? 1 : 0
        unsafe (raw.n_marks, raw.marks) = unsafe arena.array(
            marks.map { mark in
                unsafe Optional(arena.message(wire__mark__init) { unsafe mark.fill(&$0) })
            }
        )
        unsafe (raw.n_sights, raw.sights) = unsafe arena.array(
            records.map { record in
                unsafe Optional(arena.message(wire__sight__init) { unsafe record.fill(&$0) })
            }
        )
        unsafe (raw.n_slow, raw.slow) = unsafe arena.array(
            slow.map { way in
                unsafe Optional(arena.message(wire__slow_way__init) { unsafe way.fill(&$0) })
            }
        )
    }

    init(_ raw: Wire__Ways) throws(ControlError) {
        self.init()
        unsafe isWhole = raw.whole != 0
        for index in unsafe 0..<raw.n_marks {
            guard let mark = unsafe raw.marks[index] else { throw .invalid("an empty mark") }
            unsafe marks.append(try ImpairmentMark(mark.pointee))
        }
        for index in unsafe 0..<raw.n_sights {
            guard let sight = unsafe raw.sights[index] else { throw .invalid("an empty sight") }
            unsafe records.append(try WayRecord(sight.pointee))
        }
        for index in unsafe 0..<raw.n_slow {
            guard let way = unsafe raw.slow[index] else { throw .invalid("an empty way") }
            unsafe slow.append(try SlowWay(way.pointee))
        }
    }
}

/// What a rank may claim of a step: sums over ranks and steps stay far from an Int's end.
private enum Claim {
    static let countMax: UInt64 = 1 << 40
    /// Picoseconds of emulated time, or nanoseconds of the host's clock.
    static let times: ClosedRange<Int64> = 0...1 << 54
}

extension ImpairmentMark {
    fileprivate func fill(_ raw: inout Wire__Mark) {
        unsafe raw.strike = UInt32(strike)
        unsafe raw.peer = UInt32(peer.index)
        unsafe raw.chunks = UInt64(chunks)
        unsafe raw.stage = UInt32(stage)
        unsafe raw.sequence = UInt32(sequence)
        unsafe raw.sent_at_ns = sentAt
    }

    fileprivate init(_ raw: Wire__Mark) throws(ControlError) {
        guard unsafe raw.chunks <= Claim.countMax, unsafe Claim.times.contains(raw.sent_at_ns)
        else { throw .invalid("a mark beyond any step") }
        unsafe self.init(
            strike: Int(raw.strike),
            chunks: number(raw.chunks),
            stage: Int(raw.stage),
            peer: Rank(Int(raw.peer)),
            sequence: Int(raw.sequence)
        )
        unsafe sentAt = raw.sent_at_ns
    }
}

extension WayRecord {
    fileprivate func fill(_ raw: inout Wire__Sight) {
        unsafe raw.peer = UInt32(peer.index)
        unsafe raw.bytes = UInt64(bytes)
        unsafe raw.time_ps = time.picoseconds
        unsafe raw.doubled = UInt32(clamping: doubled)
        unsafe raw.stale = UInt32(clamping: stale)
        unsafe raw.early = UInt32(clamping: early)
        unsafe raw.odd_at_ns = oddAt
        unsafe raw.damaged = UInt32(clamping: damaged)
        unsafe raw.resent_bytes = UInt64(resentBytes)
        unsafe raw.mended_at_ns = mendedAt
        unsafe raw.missed = UInt32(clamping: missed)
    }

    fileprivate init(_ raw: Wire__Sight) throws(ControlError) {
        guard unsafe raw.bytes <= Claim.countMax, unsafe Claim.times.contains(raw.time_ps),
            unsafe Claim.times.contains(raw.odd_at_ns),
            unsafe raw.resent_bytes <= Claim.countMax,
            unsafe Claim.times.contains(raw.mended_at_ns)
        else { throw .invalid("a sight beyond any step") }
        unsafe self.init(
            peer: Rank(Int(raw.peer)),
            bytes: number(raw.bytes),
            time: Interval(picoseconds: raw.time_ps)
        )
        unsafe (doubled, stale) = (Int(raw.doubled), Int(raw.stale))
        unsafe (early, oddAt) = (Int(raw.early), raw.odd_at_ns)
        unsafe (damaged, resentBytes) = (Int(raw.damaged), number(raw.resent_bytes))
        unsafe (mendedAt, missed) = (raw.mended_at_ns, Int(raw.missed))
    }
}

extension SlowWay {
    fileprivate func fill(_ raw: inout Wire__SlowWay) {
        unsafe raw.peer = UInt32(peer.index)
        unsafe (raw.slow, raw.factor) = (UInt64(slow), factor)
        unsafe (raw.late, raw.delay_ps) = (UInt64(late), delay.picoseconds)
        unsafe (raw.arrive_ps, raw.seen_at_ns) = (arrive.picoseconds, seenAt)
    }

    fileprivate init(_ raw: Wire__SlowWay) throws(ControlError) {
        guard unsafe raw.slow <= Claim.countMax, unsafe raw.late <= Claim.countMax,
            unsafe raw.factor.isFinite, unsafe raw.factor >= 0,
            unsafe Claim.times.contains(raw.delay_ps),
            unsafe LinkImpairment.always.contains(Instant(picoseconds: raw.arrive_ps)),
            unsafe Claim.times.contains(raw.seen_at_ns)
        else { throw .invalid("a slow way beyond any step") }
        unsafe self.init(
            peer: Rank(Int(raw.peer)),
            arrive: Instant(picoseconds: raw.arrive_ps)
        )
        unsafe (slow, factor) = (number(raw.slow), raw.factor)
        unsafe (late, delay) = (number(raw.late), Interval(picoseconds: raw.delay_ps))
        unsafe seenAt = raw.seen_at_ns
    }
}

extension ProgramAlarm {
    func fill(_ raw: inout Wire__Alarm) {
        unsafe raw.strike = UInt32(strike)
        switch point {
        case .stage(let stage): unsafe raw.stage = UInt32(stage + 1)
        case .instant(let instant): unsafe raw.at_ps = instant.picoseconds
        }
    }

    init(_ raw: Wire__Alarm) throws(ControlError) {
        let far = LinkImpairment.always
        let at = unsafe Instant(picoseconds: raw.at_ps)
        guard far.contains(at) else { throw .invalid("an alarm at \(at)") }
        unsafe self.init(
            strike: Int(raw.strike),
            point: raw.stage > 0 ? .stage(Int(raw.stage) - 1) : .instant(at)
        )
    }
}

extension LinkImpairment {
    func fill(_ raw: inout Wire__Impairment, _ arena: PackingArena) {
        unsafe raw.strike = UInt32(strike)
        unsafe raw.peer = UInt32(peer.index)
        unsafe raw.first_stage = UInt32(stages.lowerBound)
        unsafe raw.end_stage = UInt32(stages.upperBound)
        unsafe raw.from_ps = from.picoseconds
        unsafe raw.until_ps = until.picoseconds
        unsafe raw.length_ps = length?.picoseconds ?? 0
        unsafe raw.seed = seed
        unsafe fill(effect: &raw, arena)
    }

    private func fill(effect raw: inout Wire__Impairment, _ arena: PackingArena) {
        switch effect {
        case .rate(let factor):
            unsafe raw.effect = unsafe arena.string("rate")
            unsafe raw.factor = factor
        case .delay(let added, let jitter):
            unsafe raw.effect = unsafe arena.string("delay")
            unsafe (raw.time_ps, raw.jitter_ps) = (added.picoseconds, jitter.picoseconds)
        case .down: unsafe raw.effect = unsafe arena.string("down")
        case .flap(let period):
            unsafe raw.effect = unsafe arena.string("flap")
            unsafe raw.time_ps = period.picoseconds
        case .loss(let ratio, let delay):
            unsafe raw.effect = unsafe arena.string("loss")
            unsafe raw.time_ps = delay.picoseconds
            unsafe (raw.hits, raw.of) = (UInt32(ratio.numerator), UInt32(ratio.denominator))
        case .touch(let touch, let ratio):
            unsafe raw.effect = unsafe arena.string(touch.name)
            unsafe (raw.hits, raw.of) = (UInt32(ratio.numerator), UInt32(ratio.denominator))
            if case .followedByStale(let age) = touch { unsafe raw.age = UInt32(age) }
        }
    }

    init(_ raw: Wire__Impairment) throws(ControlError) {
        let far = LinkImpairment.always
        let span = unsafe (Instant(picoseconds: raw.from_ps), Instant(picoseconds: raw.until_ps))
        guard unsafe raw.first_stage <= raw.end_stage, far.lowerBound <= span.0,
            span.0 <= span.1, span.1 <= far.upperBound
        else { throw .invalid("an impairment that ends before it begins") }
        guard unsafe (0...LinkEffect.timeMax).contains(raw.length_ps) else {
            throw .invalid(unsafe "an impairment for \(raw.length_ps) ps")
        }
        let length = unsafe Interval(picoseconds: raw.length_ps)
        unsafe self.init(
            strike: Int(raw.strike),
            peer: Rank(Int(raw.peer)),
            stages: Int(raw.first_stage)..<Int(raw.end_stage),
            from: span.0,
            until: span.1,
            length: length > .zero ? length : nil,
            effect: try LinkEffect(raw),
            seed: raw.seed
        )
    }
}

extension LinkEffect {
    /// The longest time of an impairment: an hour of emulated time.
    fileprivate static let timeMax: Int64 = 3_600_000_000_000_000

    fileprivate init(_ raw: Wire__Impairment) throws(ControlError) {
        let times = unsafe [raw.time_ps, raw.jitter_ps]
        guard times.allSatisfy({ (0...Self.timeMax).contains($0) }) else {
            throw .invalid("an impairment of \(times) ps")
        }
        let (time, jitter) = (Interval(picoseconds: times[0]), Interval(picoseconds: times[1]))
        switch unsafe text(raw.effect) {
        case "rate":
            guard unsafe raw.factor > 0, unsafe raw.factor <= 1 else {
                throw .invalid(unsafe "a rate of \(raw.factor)")
            }
            self = unsafe .rate(factor: raw.factor)
        case "delay": self = .delay(added: time, jitter: jitter)
        case "down": self = .down
        case "flap":
            guard time.picoseconds > 1 else { throw .invalid("a flap without a period") }
            self = .flap(period: time)
        case "loss": self = .loss(try unsafe Self.ratio(raw), delay: time)
        case let name:
            guard let touch = unsafe ChunkTouch(name, age: Int(raw.age)) else {
                throw .invalid("an impairment \"\(name)\"")
            }
            self = .touch(touch, try unsafe Self.ratio(raw))
        }
    }

    private static func ratio(_ raw: Wire__Impairment) throws(ControlError) -> Ratio {
        guard let ratio = unsafe Ratio(Int(raw.hits), Int(raw.of)) else {
            throw .invalid(unsafe "a share of \(raw.hits)/\(raw.of)")
        }
        return ratio
    }
}

extension ChunkTouch {
    fileprivate var name: String {
        switch self {
        case .doubled: "doubled"
        case .overtaken: "overtaken"
        case .corrupt: "corrupt"
        case .truncated: "truncated"
        case .swallowed: "swallowed"
        case .followedByStale: "stale"
        }
    }

    fileprivate init?(_ name: String, age: Int) {
        switch name {
        case "doubled": self = .doubled
        case "overtaken": self = .overtaken
        case "corrupt": self = .corrupt
        case "truncated": self = .truncated
        case "swallowed": self = .swallowed
        case "stale": self = .followedByStale(age: age)
        default: return nil
        }
    }
}
