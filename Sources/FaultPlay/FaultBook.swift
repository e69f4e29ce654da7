// What became of every strike of a run, kept step by step by whoever plays the steps: on workers
// and in virtual time alike.

import ClusterModel
import Exchange
import Faults
import Links

/// Plays the faults that are changes of programs, and keeps the record of all.
public struct FaultBook: Sendable {
    /// Index = the event's id.
    public internal(set) var outcomes: [FaultOutcome]
    let layout: RankLayout
    private(set) var clock: FaultClock
    /// Strikes at links, in the order of ids, and whose ways to a rank are watched for them.
    var links: [LinkStrike]
    let watched: [Rank: [Rank]]
    /// Chunks really arrive somewhere, twice or too late as well.
    public var seesArrivals = false
    /// Programs of the present step, as they were and as they are played.
    private var changes: [(planned: [RankProgram], played: [RankProgram])] = []

    public init(_ faults: FaultPlan, plan: ClusterPlan) {
        let layout = RankLayout(plan)
        let ports = PortMap(layout: layout, links: plan.links)
        self.layout = layout
        let events = faults.isEmpty ? [] : faults.events(on: FaultGround(plan))
        outcomes = events.map { FaultOutcome(event: $0) }
        clock = FaultClock(
            world: layout.world,
            warmup: plan.workload.warmup,
            ways: Set(events.flatMap(\.countedWays))
        )
        links = events.compactMap { LinkStrike($0, over: ports) }
        watched = Dictionary(
            grouping: links.reduce(into: Set()) { $0.formUnion($1.ways) },
            by: \.to
        )
        .mapValues { $0.map(\.from).sorted() }
    }

    public var isEmpty: Bool { outcomes.isEmpty }

    private var stamp: FaultStamp { clock.stamp }
    private var step: Int { clock.step }
    private var router: Int { clock.router }

    /// A step of a router comes.
    public mutating func begin(step: Int, router: Int) {
        clock.begin(step: step, router: router)
        changes.removeAll()
    }

    /// Applied with the first segment of which it covers something, healed with the first after.
    private mutating func note(_ event: FaultEvent) {
        if clock.cover(event) != nil {
            if outcomes[event.id].applied == nil { outcomes[event.id].applied = stamp }
        } else if outcomes[event.id].applied != nil, outcomes[event.id].healed == nil {
            outcomes[event.id].healed = stamp
        }
    }

    // MARK: Computing

    /// Those that hold in the segment that was compiled last, and the stages they cover.
    private var computeEvents: [(FaultEvent, ComputeStretch, Rank, Range<Int>)] {
        outcomes.map(\.event).compactMap { event in
            guard case .compute(let fault) = event.kind, case .npu(let rank) = event.target,
                let cover = clock.cover(event)
            else { return nil }
            return (event, ComputeStretch(fault: fault, seed: event.seed), rank, cover.stages)
        }
    }

    /// The programs with the faults of the present step in them, index = rank.
    public mutating func change(_ compiled: CompiledStep) -> CompiledStep {
        clock.compiled(compiled.programs)
        var programs = compiled.programs
        for event in outcomes.map(\.event) where event.kind.isCompute { note(event) }
        let events = computeEvents
        for (_, stretch, rank, stages) in events where programs.indices.contains(rank.index) {
            programs[rank.index] = stretched(programs[rank.index], stretch, stages)
        }
        impair(&programs)
        if !events.isEmpty { changes.append((compiled.programs, programs)) }
        return CompiledStep(programs: programs, choice: compiled.choice)
    }

    /// A segment has ended well; `finishes`: its last stage's end, index = rank.
    public mutating func ended(finishes: [Instant]) { clock.ended(finishes: finishes) }

    private func stretched(
        _ program: RankProgram,
        _ stretch: ComputeStretch,
        _ covered: Range<Int>
    ) -> RankProgram {
        var stages = program.stages
        for index in covered where stages[index].role.kind == .expert {
            guard case .wait(let planned) = stages[index].work else { continue }
            let time = stretch.time(for: planned, step: step, router: router, stage: index)
            stages[index].work = .wait(time)
        }
        return RankProgram(stages)
    }

    /// Takes what the ranks did in the step that ended well.
    public mutating func observe(_ segments: [StepOutcome]) {
        guard !isEmpty else { return }
        for (event, _, rank, _) in computeEvents { prove(event, rank, segments) }
        clock.stepEnded()
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

    // MARK: Processes

    /// Those that are to be killed as the present step starts, each once.
    public mutating func takeKills() -> [(id: Int, ranks: [Rank])] {
        var kills: [(id: Int, ranks: [Rank])] = []
        for index in outcomes.indices where outcomes[index].applied == nil {
            let event = outcomes[index].event
            let ranks = event.killed(on: layout)
            guard event.step == step, !ranks.isEmpty else { continue }
            outcomes[index].applied = stamp
            kills.append((index, ranks))
        }
        return kills
    }

    /// A process that the strike `id` was to end has been reaped.
    public mutating func reaped(_ id: Int, signal: Int, code: Int) {
        let proof = FaultProof.processEnded(
            signal: signal == 0 ? nil : signal,
            code: signal == 0 ? code : nil
        )
        outcomes[id].proofs.append(proof)
    }

    /// Somebody found it, and something was done about it.
    public mutating func found(_ id: Int, _ detection: FaultDetection, _ recovery: RecoveryRecord?)
    {
        outcomes[id].detection = detection
        if let recovery { outcomes[id].recoveries.append(recovery) }
    }
}

extension FaultKind {
    fileprivate var isCompute: Bool { if case .compute = self { true } else { false } }
}
