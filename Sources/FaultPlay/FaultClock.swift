// Where in the run the steps are, as far as moments ask: the step, its segment, emulated time, and
// the messages between pairs that moments count.

import ClusterModel
import Exchange
import Faults

/// What of a program's step lies within a strike.
struct FaultCover: Equatable {
    /// Stages, by number.
    var stages: Range<Int>
    /// Instants of the segment's clock, from the first rank's to the last one's.
    var time: Range<Instant>
    /// Of a strike that begins with the first of the stages: how long it lasts on each rank, from
    /// the instant at which that rank begins it.
    var length: Interval?
    /// When it ends on each rank, index = rank; empty where that is the same on all.
    var ends: [Instant] = []

    /// When it ends on a rank.
    func end(on rank: Rank) -> Instant {
        ends.indices.contains(rank.index) ? ends[rank.index] : time.upperBound
    }
}

/// A strike in the steps of one router.
struct RouterStrike: Hashable {
    let router: Int
    let strike: Int
}

/// Follows a run.
struct FaultClock: Sendable {
    private(set) var step = 0
    private(set) var router = 0
    /// Attempts at this step of this router so far; each segment counts.
    private(set) var attempt = 0
    /// Each router has a clock of its own, so that a moment means the same to all: emulated time
    /// of its steps that are over, and of those before the first measured one.
    private var elapsed: [Int: Interval] = [:]
    private var origins: [Int: Interval] = [:]
    /// When each router's steps began on its clock, of those that strikes of a span begin with.
    private var starts: [RouterStep: Interval] = [:]
    private var remembered: Set<Int> = []
    /// Strikes that last so long from a beginning that only the run shows, those of them that begin
    /// in the present segment, and those that have begun.
    private var counted: [FaultEvent] = []
    private var beginning: [Int: Position] = [:]
    private var begun: [RouterStrike: Begun] = [:]
    private var chain: SegmentChain
    private let world: Int
    private let warmup: Int
    /// Messages so far, of the ways that moments name, or of all.
    private var messages: [RankWay: Int] = [:]
    private var named: Set<RankWay> = []
    /// Moments may come that name ways which none has named before.
    var countsAll = false
    /// In which stages of the present segment which message of a way is sent.
    private var numbers: [RankWay: [Int: Int]] = [:]
    /// Phases that the present step of this router has come to in an earlier segment.
    private var reached: Set<FaultPhase> = []
    private(set) var kinds: [StageKind] = []
    private(set) var programs: [RankProgram] = []

    private struct RouterStep: Hashable {
        let router: Int
        let step: Int
    }

    /// In which step, and when on the router's clock, index = rank.
    private struct Begun {
        let step: Int
        let times: [Interval]
        /// Who was left out, and began nothing.
        let absent: Set<Rank>
    }

    init(world: Int, warmup: Int) {
        self.world = world
        self.warmup = warmup
        chain = SegmentChain(world: world)
    }

    /// Keeps what the moments of a strike will be found by.
    mutating func follow(_ event: FaultEvent) {
        named.formUnion(event.countedWays)
        if case .time = event.span, let step = event.step { remembered.insert(step) }
        if event.isCounted { counted.append(event) }
    }

    /// On the router's clock, its warm-up included.
    private var now: Interval { (elapsed[router] ?? .zero) + chain.elapsed }

    /// Emulated time of the router since its first measured step began; zero before.
    var stamp: FaultStamp {
        FaultStamp(step: step, time: origins[router].map { now - $0 } ?? .zero)
    }

    /// The same at an instant of the segment that is being played.
    func stamp(at instant: Instant) -> FaultStamp {
        // It is a worker's word.
        let within = min(max(.zero, instant), Instant(picoseconds: .max / 4)) - Instant.zero
        return FaultStamp(step: step, time: measured(now + within) ?? .zero)
    }

    /// Whether the router's clock runs: the first measured step has begun.
    var isMeasured: Bool { origins[router] != nil }

    mutating func begin(step: Int, router: Int) {
        (self.step, self.router) = (step, router)
        attempt = 0
        chain = SegmentChain(world: world)
        reached = []
        if remembered.contains(step) { starts[RouterStep(router: router, step: step)] = now }
        if step >= warmup, origins[router] == nil { origins[router] = now }
    }

    /// The step begins again, with its first segment: what began in it begins anew.
    mutating func again() {
        chain = SegmentChain(world: world)
        reached = []
        begun = begun.filter { $0.key.router != router || $0.value.step != step }
    }

    /// Programs are about to be played; of a segment that is redone once more.
    mutating func compiled(_ programs: [RankProgram]) {
        attempt += 1
        kinds = programs.first?.stages.map(\.role.kind) ?? []
        self.programs = programs
        numbers = [:]
        let senders = countsAll ? Array(programs.indices) : Set(named.map(\.from.index)).sorted()
        for sender in senders where programs.indices.contains(sender) {
            for (stage, work) in programs[sender].stages.enumerated() {
                count(Set(work.exchange?.sends.map(\.peer) ?? []), from: Rank(sender), stage)
            }
        }
        beginCounted()
    }

    /// What has begun before, in an attempt that was given up or in another router's step, lasts on
    /// this router's clock from here on.
    private mutating func beginCounted() {
        beginning = [:]
        for event in counted where begun(event) == nil && !isOfEarlierRun(event) {
            guard let position = position(of: event.moment) else { continue }
            if position.stage == 0, position.instant <= .zero {
                note(event.id, Array(repeating: now, count: world))
            } else {
                beginning[event.id] = position
            }
        }
    }

    private mutating func note(_ strike: Int, _ times: [Interval], _ absent: [Rank] = []) {
        begun[RouterStrike(router: router, strike: strike)] = Begun(
            step: step,
            times: times,
            absent: Set(absent)
        )
    }

    /// The run that this one goes on with has come to its step, and it lasts no steps.
    private func isOfEarlierRun(_ event: FaultEvent) -> Bool {
        event.step.map { $0 < step } ?? false
    }

    private func begun(_ event: FaultEvent) -> Begun? {
        begun[RouterStrike(router: router, strike: event.id)]
    }

    /// A stage sends each of its peers a message, of as many parts as it likes.
    private mutating func count(_ peers: Set<Rank>, from sender: Rank, _ stage: Int) {
        for peer in peers {
            let way = RankWay(from: sender, to: peer)
            guard countsAll || named.contains(way) else { continue }
            messages[way, default: 0] += 1
            if named.contains(way) { numbers[way, default: [:]][stage] = messages[way] }
        }
    }

    /// A segment has ended well, each rank's stages at these instants, index = rank.
    mutating func ended(stageEnds: [[Instant]], excluded: [Rank] = []) {
        let finishes = stageEnds.map { $0.max() ?? .zero }
        for (strike, position) in beginning {
            if position.stage > 0 {
                note(strike, starts(of: position.stage, stageEnds), excluded)
            } else if position.instant <= finishes.max() ?? .zero {
                let time = now + (position.instant - .zero)
                note(strike, Array(repeating: time, count: world), excluded)
            }
        }
        beginning = [:]
        chain.append(finishes: finishes, excluded: excluded)
        reached.formUnion(kinds.compactMap { FaultPhase(rawValue: $0.rawValue) })
    }

    /// When each rank began a stage of the segment that has ended, on the router's clock; who had
    /// no part in it, with the segment.
    private func starts(of stage: Int, _ stageEnds: [[Instant]]) -> [Interval] {
        (0..<world).map { rank in
            guard programs.indices.contains(rank), stageEnds.indices.contains(rank),
                stageEnds[rank].count == programs[rank].stages.count
            else { return now }
            let after = programs[rank].stages[stage].after
            return now + ((after.map { stageEnds[rank][$0] }.max() ?? .zero) - .zero)
        }
    }

    /// The step has ended.
    mutating func stepEnded() {
        elapsed[router, default: .zero] += chain.length
        chain = SegmentChain(world: world)
    }

    /// The part of a layer that a stage is in.
    func phase(ofStage stage: Int) -> FaultPhase {
        let kind = kinds.indices.contains(stage) ? kinds[stage] : .dispatch
        return FaultPhase(rawValue: kind.rawValue) ?? .dispatch
    }

    // MARK: Moments

    /// What a strike covers of the segment that was compiled last; `nil` for nothing.
    func cover(_ event: FaultEvent) -> FaultCover? {
        guard let start = position(of: event.moment) else { return nil }
        let end = end(of: event) ?? Position(stage: kinds.count)
        let stages = max(0, start.stage)..<max(max(0, start.stage), min(kinds.count, end.stage))
        let time = start.instant..<max(start.instant, end.instant)
        guard !stages.isEmpty, !time.isEmpty, time.upperBound > .zero else { return nil }
        var cover = FaultCover(stages: stages, time: time)
        guard event.isCounted, case .time(let length) = event.span else { return cover }
        if let begun = begun(event) {
            cover.ends = begun.times.map { instant(of: $0 + length) }
        } else {
            cover.length = length
        }
        return cover
    }

    /// A time on the router's clock as an instant of the segment that was compiled last.
    private func instant(of time: Interval) -> Instant { Instant.zero + (time - now) }

    /// Whether the end of a strike lies before the segment that was compiled last.
    func isOver(_ event: FaultEvent) -> Bool {
        end(of: event).map { $0.stage == 0 || $0.instant <= .zero } ?? false
    }

    /// Where a strike begins that waits for a point of the segment.
    enum Beginning: Equatable {
        /// It has come before.
        case past
        case point(ProgramAlarm.Point)
    }

    /// Where in the segment that was compiled last a moment lies; `nil` if it comes later.
    func beginning(of moment: FaultMoment) -> Beginning? {
        guard let position = position(of: moment) else { return nil }
        if position.instant > .zero { return .point(.instant(position.instant)) }
        return position.stage > 0 ? .point(.stage(position.stage)) : .past
    }

    /// A point of the segment: chunks of the stage and later ones, and of the instant and later.
    fileprivate struct Position {
        var stage = 0
        var instant = Instant(picoseconds: .max / 4)
    }

    /// Whether a moment lies before the step, the time or the message that comes next.
    func isPast(_ moment: FaultMoment) -> Bool {
        switch moment {
        case .launch: return true
        case .step(let step, _): return step < self.step
        case .time(let time):
            return origins.keys.contains { router in
                (elapsed[router] ?? .zero) - (origins[router] ?? .zero) > time
            }
        case .message(let number, let from, let to):
            return messages[RankWay(from: from, to: to), default: 0] >= number
        }
    }

    /// Where in the segment a moment lies; `nil` if it comes after it.
    private func position(of moment: FaultMoment) -> Position? {
        let before = Instant(picoseconds: .min / 4)
        switch moment {
        case .launch: return Position(instant: before)
        case .step(let step, let phase):
            guard self.step >= step else { return nil }
            guard self.step == step, let phase, !reached.contains(phase) else {
                return Position(instant: before)
            }
            return kinds.firstIndex { $0.rawValue == phase.rawValue }
                .map { Position(stage: $0, instant: before) }
        case .time(let time):
            guard let origin = origins[router] else { return nil }
            return Position(instant: Instant.zero + (origin + time - now))
        case .message(let number, let from, let to):
            let way = RankWay(from: from, to: to)
            let present = numbers[way] ?? [:]
            if let stage = present.first(where: { $0.value == number })?.key {
                return Position(stage: stage, instant: before)
            }
            let sent = (messages[way] ?? 0) - present.count
            return sent >= number ? Position(instant: before) : nil
        }
    }

    private func end(of event: FaultEvent) -> Position? {
        switch event.span {
        case .forever: return nil
        case .steps(let count):
            guard let first = event.step ?? begun(event)?.step else { return nil }
            return position(of: .step(first + count, nil)).map(asEnd)
        case .until(let moment): return position(of: moment).map(asEnd)
        case .time(let length):
            guard let begin = start(of: event) else {
                return isOfEarlierRun(event) ? Position(stage: 0) : nil
            }
            return Position(stage: kinds.count, instant: instant(of: begin + length))
        }
    }

    /// Of a moment that lies before the segment nothing is left; of one within it, the part
    /// before its stage or its instant.
    private func asEnd(_ position: Position) -> Position {
        let isTime = position.instant > Instant(picoseconds: .min / 4)
        return isTime
            ? Position(stage: kinds.count, instant: position.instant)
            : Position(stage: position.stage)
    }

    /// When a strike began on the last rank, on the router's clock; `nil` if that is not known yet.
    private func start(of event: FaultEvent) -> Interval? {
        switch event.moment {
        case .time(let time): origins[router].map { $0 + time }
        case .step(let step, nil): starts[RouterStep(router: router, step: step)]
        case .launch: .zero
        case .step, .message: begun(event)?.times.max()
        }
    }
}

// MARK: When, exactly

extension FaultClock {
    /// Emulated time of the router at which a strike that has begun did so on the first of these
    /// ranks, where that is not the start of a step; `nil` of others, and in the warm-up.
    func beginning(of event: FaultEvent, on ranks: Set<Rank>) -> Interval? {
        if case .time(let time) = event.moment { return time }
        guard event.isCounted else { return nil }
        return begun(event, on: ranks).min().flatMap(measured)
    }

    /// Emulated time of the router at which a strike that has begun ends on the last of these ranks;
    /// `nil` of one that does not end at a time.
    func ending(of event: FaultEvent, on ranks: Set<Rank>) -> Interval? {
        switch event.span {
        case .until(.time(let time)): return time
        case .time(let length):
            let start = event.isCounted ? begun(event, on: ranks).max() : start(of: event)
            return start.flatMap { measured($0 + length) }
        case .forever, .steps, .until: return nil
        }
    }

    private func begun(_ event: FaultEvent, on ranks: Set<Rank>) -> [Interval] {
        guard let begun = begun(event) else { return [] }
        let present = ranks.subtracting(begun.absent)
        return begun.times.indices.filter { present.contains(Rank($0)) }.map { begun.times[$0] }
    }

    private func measured(_ time: Interval) -> Interval? {
        origins[router].map { time - $0 }
    }
}

extension FaultEvent {
    /// Whether its end counts from a beginning that only the run shows.
    fileprivate var isCounted: Bool {
        switch (span, moment) {
        case (.time, .step(_, .some)), (.time, .message): true
        case (.steps, .time), (.steps, .message): true
        default: false
        }
    }

    /// The ways whose messages its moments count.
    var countedWays: [RankWay] {
        var moments = [moment]
        if case .until(let end) = span { moments.append(end) }
        return moments.compactMap { moment in
            guard case .message(_, let from, let to) = moment else { return nil }
            return RankWay(from: from, to: to)
        }
    }
}
