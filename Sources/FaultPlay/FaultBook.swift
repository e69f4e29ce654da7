// What became of every strike of a run, kept step by step by whoever plays the steps: on workers
// and in virtual time alike.

import ClusterModel
import Exchange
import Faults
import Links

/// Plays the faults that are changes of programs, and keeps the record of all.
public struct FaultBook {
    /// Index = the event's id.
    public internal(set) var outcomes: [FaultOutcome]
    let ports: PortMap
    private var layout: RankLayout { ports.layout }
    /// What experts' faults have cost.
    public private(set) var toll = ExpertToll()
    private(set) var clock: FaultClock
    /// Strikes at links, in the order of ids, and whose ways to a rank are watched for them.
    var links: [LinkStrike]
    private(set) var watched: [Rank: [Rank]] = [:]
    var touches = TouchBook()
    var slowWays = SlowWayBook()
    /// The step of the first compute that a strike has stretched, of each router.
    private var firstStretched: [RouterStrike: Int] = [:]
    /// Host nanoseconds of the steps in which a strike at computing has held, by strike.
    private var computed: [Int: Int64] = [:]
    /// Findings that no strike explains.
    var falseAlarms = 0
    /// Chunks really arrive somewhere, twice or too late as well.
    public var seesArrivals = false
    /// Programs of the present step, as they were and as they are played.
    private var changes: [(planned: [RankProgram], played: [RankProgram])] = []

    public init(_ faults: FaultPlan, plan: ClusterPlan) {
        self.init(
            faults.isEmpty ? [] : faults.events(on: FaultGround(plan)),
            over: PortMap(layout: RankLayout(plan), links: plan.links),
            warmup: plan.workload.warmup
        )
    }

    init(_ events: [FaultEvent], over ports: PortMap, warmup: Int = 0) {
        self.ports = ports
        outcomes = []
        clock = FaultClock(world: ports.layout.world, warmup: warmup)
        links = []
        add(events, over: ports)
    }

    /// More strikes, none of which has to have begun; their numbers follow those that are there.
    public mutating func add(_ events: [FaultEvent], plan: ClusterPlan) {
        add(events, over: PortMap(layout: RankLayout(plan), links: plan.links))
    }

    mutating func add(_ events: [FaultEvent], over ports: PortMap) {
        invariant(
            events.map(\.id) == Array(outcomes.count..<outcomes.count + events.count),
            "strikes \(events.map(\.id)) after \(outcomes.count)"
        )
        outcomes += events.map { FaultOutcome(event: $0) }
        for event in events { clock.follow(event) }
        links += events.compactMap { LinkStrike($0, over: ports) }
        watched = Dictionary(
            grouping: links.reduce(into: Set()) { $0.formUnion($1.ways) },
            by: \.to
        )
        .mapValues { $0.map(\.from).sorted() }
    }

    public var isEmpty: Bool { outcomes.isEmpty }

    /// Messages of all ways count from now on: strikes may be added that ask for them.
    public mutating func expectMore() { clock.countsAll = true }

    /// Whether a moment has come: its step has begun.
    public func hasCome(_ moment: FaultMoment) -> Bool {
        if case .step(let own, _) = moment { own <= step } else { clock.isPast(moment) }
    }

    /// Whether a strike has begun with an earlier step than the last that began.
    public func isOld(_ outcome: FaultOutcome) -> Bool {
        outcome.applied.map { $0.step < step } ?? false
    }

    /// Whether a moment lies before what is played next.
    public func isPast(_ moment: FaultMoment) -> Bool { clock.isPast(moment) }

    /// The strike `id` ends with this step instead of later.
    public mutating func end(_ id: Int, with step: Int) {
        outcomes[id].event.span = .until(.step(step, nil))
        // A step that it keeps from ending is done again without it.
        if let index = links.firstIndex(where: { $0.id == id }) {
            links[index].endedIn = clock.attempt
        }
    }

    var stamp: FaultStamp { clock.stamp }
    private var step: Int { clock.step }
    private var router: Int { clock.router }

    /// A step of a router comes.
    public mutating func begin(step: Int, router: Int) {
        clock.begin(step: step, router: router)
        changes.removeAll()
        for event in outcomes.map(\.event) where event.kind.isOfExperts {
            let holds = event.holds(in: step)
            note(event, holds: holds, isOver: !holds)
        }
    }

    /// Applied when it holds first, healed when it does so no more.
    private mutating func note(_ event: FaultEvent, holds: Bool, isOver: Bool) {
        if holds {
            if outcomes[event.id].applied == nil { outcomes[event.id].applied = stamp }
        } else if isOver, outcomes[event.id].applied != nil, outcomes[event.id].healed == nil {
            outcomes[event.id].healed = stamp
        }
    }

    // MARK: Computing

    /// Those that hold in the segment that was compiled last on each rank, and the stages they cover.
    private var computeEvents: [(FaultEvent, ComputeStretch, Rank, Range<Int>)] {
        outcomes.map(\.event).flatMap { event -> [(FaultEvent, ComputeStretch, Rank, Range<Int>)] in
            guard event.kind.isCompute, let cover = clock.cover(event) else { return [] }
            return event.ranks(on: layout).compactMap { rank in
                event.stretch(of: rank).map { (event, $0, rank, cover.stages) }
            }
        }
    }

    /// The programs with the faults of the present step in them, index = rank.
    public mutating func change(_ compiled: CompiledStep) -> CompiledStep {
        findSlowWays()
        clock.compiled(compiled.programs)
        var programs = compiled.programs
        for event in outcomes.map(\.event) where event.kind.isCompute {
            note(event, holds: clock.cover(event) != nil, isOver: clock.isOver(event))
        }
        let events = computeEvents
        for (event, stretch, rank, stages) in events where programs.indices.contains(rank.index) {
            let key = RouterStrike(router: router, strike: event.id)
            let (program, hasStretched) = stretched(
                programs[rank.index],
                stretch,
                stages,
                isFirst: firstStretched[key] == nil
            )
            programs[rank.index] = program
            if hasStretched, firstStretched[key] == nil { firstStretched[key] = step }
        }
        impair(&programs)
        wait(in: &programs)
        if !events.isEmpty { changes.append((compiled.programs, programs)) }
        return CompiledStep(programs: programs, choice: compiled.choice)
    }

    /// A segment has ended well; `stageEnds` says when each of its stages did, index = rank.
    public mutating func ended(stageEnds: [[Instant]], excluded: [Rank] = []) {
        findSlowWays()
        clock.ended(stageEnds: stageEnds, excluded: excluded)
        stampTimes()
    }

    /// The present step begins again: its segments that ended count no more.
    public mutating func again() {
        findSlowWays()
        clock.again()
        firstStretched = firstStretched.filter { $0.key.router != router || $0.value != step }
        holdAgain()
    }

    private func stretched(
        _ program: RankProgram,
        _ stretch: ComputeStretch,
        _ covered: Range<Int>,
        isFirst: Bool
    ) -> (program: RankProgram, hasStretched: Bool) {
        var stages = program.stages
        var hasStretched = false
        for index in covered.clamped(to: stages.indices) where stages[index].role.kind == .expert {
            guard case .wait(let planned) = stages[index].work, planned > .zero else { continue }
            let time = stretch.time(
                for: planned,
                step: step,
                router: router,
                stage: index,
                isFirst: isFirst && !hasStretched
            )
            stages[index].work = .wait(time)
            hasStretched = true
        }
        return (RankProgram(stages), hasStretched)
    }

    /// How the tokens of a step are routed where no fault is: step and router to what each rank
    /// puts into it; without it experts' faults are not proven.
    public mutating func compare(with calm: @escaping ExpertToll.Calm) { toll.calm = calm }

    /// Takes what the ranks did in the step that ended well.
    public mutating func observe(_ segments: [StepOutcome]) {
        guard !isEmpty || clock.countsAll else { return }
        let wall = segments.reduce(0) { $0 + $1.wallNanoseconds }
        let events = computeEvents
        for (event, _, rank, _) in events { prove(event, rank, segments) }
        for id in Set(events.map(\.0.id)) { computed[id, default: 0] += wall }
        find(StragglerWatch.stragglers(in: segments), segments)
        toll.note(expertEvents, segments, &outcomes)
        clock.stepEnded()
        stampTimes()
    }

    /// Ranks that are slower than their peers: a strike at their computing explains that, or it is
    /// a false alarm.
    private mutating func find(_ stragglers: [Rank], _ segments: [StepOutcome]) {
        let stamp = stamp
        for rank in stragglers {
            let own = computeEvents.filter { $0.2 == rank }.map(\.0.id)
            if own.isEmpty { falseAlarms += 1 }
            for id in own where outcomes[id].detection == nil {
                outcomes[id].detection = FaultDetection(
                    discoverer: "coordinator",
                    cause: .npu(rank),
                    afterMs: Double(computed[id] ?? 0) / 1e6
                )
                outcomes[id].detection?.at = stamp
            }
        }
    }

    /// How well what was done has been found; `others` are findings that no strike explains, and
    /// `isMeant` tells of strikes, by id, whether they are scored.
    ///
    /// A finding that puts a strike down to what it does not hurt is no find but a false alarm.
    public func score(
        others: Int = 0,
        of isMeant: (Int) -> Bool = { _ in true }
    ) -> DetectionScore {
        var score = DetectionScore()
        let proven = outcomes.filter { $0.isProven && isMeant($0.event.id) }
        let found = proven.filter { $0.detection != nil }
        score.strikes = proven.count
        score.found = found.count { outcome in
            outcome.detection.map { outcome.event.isNamed(by: $0.cause, over: ports) } ?? false
        }
        score.falseAlarms = falseAlarms + others + found.count - score.found
        return score
    }

    /// All expert computes of the step on `rank`: planned, and taken by the ends of stages.
    private mutating func prove(_ event: FaultEvent, _ rank: Rank, _ segments: [StepOutcome]) {
        var (planned, taken) = (Interval.zero, Interval.zero)
        for segment in segments {
            guard let change = changes.last(where: { $0.played == segment.programs }) else {
                continue
            }
            let stages = change.planned[rank.index].stages
            let ends = segment.stageEnds[rank.index]
            for (index, stage) in stages.enumerated() where stage.role.kind == .expert {
                guard case .wait(let time) = stage.work else { continue }
                planned += time
                taken += ends[index] - (stage.after.map { ends[$0] }.max() ?? .zero)
            }
        }
        let proof = FaultProof.computeStretched(planned: planned, taken: taken)
        // One proof is enough; of many steps the first that shows it stands.
        if outcomes[event.id].isProven || planned == .zero { return }
        outcomes[event.id].proofs = [proof]
    }

    // MARK: Experts

    private var expertEvents: [FaultEvent] { expertEvents(in: step) }

    private func expertEvents(in step: Int) -> [FaultEvent] {
        outcomes.map(\.event).filter { $0.kind.isOfExperts && $0.holds(in: step) }
    }

    /// What faults do to the experts in the present step.
    public var expertHurts: [ExpertHurt] { expertHurts(in: step) }

    /// What faults do to the experts in a step: that follows from the plan alone.
    public func expertHurts(in step: Int) -> [ExpertHurt] {
        expertEvents(in: step).compactMap(\.expertHurt)
    }

    // MARK: Strikes

    /// Strikes of these kinds that are due as the present segment starts, each once.
    ///
    /// A strike that kills the coordinator is alone: nobody would be left to do the others, which are
    /// those of the run that goes on.
    public mutating func takeStrikes(where isMine: (FaultKind) -> Bool) -> [FaultEvent] {
        let clock = clock
        func isDue(_ event: FaultEvent) -> Bool {
            guard isMine(event.kind), event.moment != .launch else { return false }
            // Of a step that is over, it was not this run's.
            if let step = event.step, step != clock.step { return false }
            return clock.beginning(of: event.moment) == .past
        }
        let deaths = take { isDue($0) && $0.kind == .coordinator(.kill) }
        return deaths.isEmpty ? take(where: isDue) : deaths
    }

    /// The strike `id`, if the point has come that it waits for, at an instant of the step's clock; once.
    public mutating func takeReached(_ id: Int, at instant: Instant) -> FaultEvent? {
        let event = take { $0.id == id }.first
        if event != nil { outcomes[id].applied = clock.stamp(at: instant) }
        return event
    }

    /// Has ranks say when they come to the points that strikes wait for.
    private func wait(in programs: inout [RankProgram]) {
        for outcome in outcomes where outcome.applied == nil && outcome.event.kind.strikes {
            guard case .point(let point)? = clock.beginning(of: outcome.event.moment) else {
                continue
            }
            let rank = outcome.event.witness(on: layout).index
            guard programs.indices.contains(rank) else { continue }
            programs[rank].alarms.append(
                ProgramAlarm(strike: outcome.event.id, point: point)
            )
        }
    }

    /// Strikes at the launch, each once.
    public mutating func takeLaunchStrikes() -> [FaultEvent] { take { $0.moment == .launch } }

    private mutating func take(where isDue: (FaultEvent) -> Bool) -> [FaultEvent] {
        let due = outcomes.filter { $0.applied == nil && isDue($0.event) }.map(\.event)
        for event in due { outcomes[event.id].applied = stamp }
        return due
    }

    /// Strikes of these kinds that end with the present step's beginning, each once.
    public mutating func takeEnded(where isMine: (FaultKind) -> Bool) -> [FaultEvent] {
        let ended = outcomes.filter { outcome in
            outcome.applied != nil && outcome.healed == nil && isMine(outcome.event.kind)
                && outcome.hasEnded(in: step)
        }
        for outcome in ended { heal(outcome.event.id) }
        return ended.map(\.event)
    }

    /// The strike `id` was done by an earlier run, which this one goes on with.
    public mutating func skip(_ id: Int) {
        guard outcomes.indices.contains(id) else { return }
        outcomes[id].applied = FaultStamp(step: outcomes[id].event.step ?? 0, time: .zero)
    }

    /// Something was seen of the strike `id`.
    public mutating func prove(_ id: Int, _ proof: FaultProof) { outcomes[id].proofs.append(proof) }

    /// This is all that was seen of the strike `id` so far.
    public mutating func prove(_ id: Int, only proof: FaultProof) { outcomes[id].proofs = [proof] }

    /// The strike `id` is over.
    public mutating func heal(_ id: Int) {
        if outcomes[id].healed == nil { outcomes[id].healed = stamp }
    }

    /// Somebody found it, and something was done about it.
    public mutating func found(
        _ id: Int,
        _ detection: FaultDetection?,
        _ recovery: RecoveryRecord?
    ) {
        if let detection { outcomes[id].detection = detection }
        if let recovery { outcomes[id].recoveries.append(recovery) }
    }
}

extension FaultOutcome {
    /// Whether the step comes with which it ends.
    fileprivate func hasEnded(in step: Int) -> Bool {
        switch event.span {
        case .until(.step(let end, _)): step >= end
        case .steps(let count): applied.map { step >= $0.step + count } ?? false
        case .forever, .time, .until: false
        }
    }
}

extension FaultKind {
    /// Whether it is done at an instant, by whoever strikes with it.
    fileprivate var strikes: Bool {
        switch self {
        case .process, .connection, .coordinator, .resource, .node(.kill): true
        case .compute, .link, .partition, .expert, .node(.uplinkDown): false
        }
    }

    fileprivate var isCompute: Bool { if case .compute = self { true } else { false } }
}
