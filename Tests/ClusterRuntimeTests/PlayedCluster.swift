import ClusterModel
import EventLoop
import Exchange
import MoELayer
import Routing
import Testing
import TokenData
import Wire

@testable import ClusterRuntime

/// All ranks of a cluster that learns, in this process: what workers play, without links and clock.
final class PlayedCluster {
    let plan: ClusterPlan
    let layout: RankLayout
    /// Index = rank.
    private(set) var trainers: [RankTrainer]
    /// The ranks that the steps are played without.
    private(set) var excluded: Set<Rank> = []
    let reference: TrainingReference
    private let buffers: [ExchangeBuffers]
    private let text: SmallText
    private let lessons: TrainingText
    private let settings: TrainingSettings
    /// The loop beside which experts compute; without one they do when they are asked.
    var loop: Loop?
    /// In what order parts of an exchange end.
    var partsAreReversed = false
    /// Is shown the bytes that come to ranks: of which segment, which exchange; once it has
    /// touched any it is not called again.
    var tamper: ((StepSegment, Int, UnsafeMutableRawBufferPointer) -> Bool)?
    /// What ranks have verified so far.
    private(set) var verification = Verification()

    init(_ plan: ClusterPlan) throws {
        text = try SmallText()
        var plan = plan
        plan.training.corpus = text.path
        let corpus = try Corpus.open(text.path)
        let settings = TrainingSettings(
            plan,
            candidate: .router(plan.routing.routers[0]),
            text: corpus
        )
        let lessons = try settings.text(of: corpus)
        self.plan = plan
        layout = RankLayout(plan)
        trainers = try layout.ranks.map {
            try RankTrainer(
                rank: $0,
                plan: plan,
                settings: settings,
                text: lessons,
                excluded: [],
                openState: { settings.initialState }
            )
        }
        (self.settings, self.lessons) = (settings, lessons)
        reference = try TrainingReference(plan)
        buffers = layout.ranks.map { _ in ExchangeBuffers() }
    }

    /// Two nodes of two NPUs, four experts, one router, nothing learned before.
    static func plan(
        _ router: RouterName = .switch,
        tp: Int = 1,
        dp: Int = 1,
        npus: Int = 2,
        parts: Int = 1,
        layout: PayloadLayout = .exact
    ) throws -> ClusterPlan {
        var plan = ClusterPlan(
            preset: .ascend910B3,
            nodes: 2,
            npusPerNode: npus,
            dilation: .fixed(1),
            links: try #require(Preset.ascend910B3.links),
            parallel: ParallelDegrees(tp: tp, ep: 2 * npus / tp / dp, dp: dp),
            model: ModelShape(
                hidden: 512,
                ffn: 2_048,
                experts: 4,
                layers: 1,
                dtype: .fp16,
                utilisation: 0.5,
                peakFlops: 1e14
            ),
            workload: Workload(
                tokens: "none",
                tokensPerNPU: 256,
                sharding: .iid,
                steps: 4,
                warmup: 0,
                seed: 7
            ),
            routing: RoutingSettings(
                routers: [router],
                baseline: router,
                topK: 1,
                capacityFactor: 1.1,
                capacityFloor: 1,
                threshold: 1,
                mode: .tcr,
                policy: .drop
            ),
            exchange: ExchangeSettings(
                algorithm: .direct,
                layout: layout,
                chunk: ByteCount(4_096),
                pipeline: parts
            )
        )
        plan.training.warmStart = 0
        plan.training.controls = .off
        return plan
    }

    /// From now on steps are played without these ranks; all others open what the one process has
    /// learned by now.
    func leaveOut(_ excluded: Set<Rank>) throws {
        self.excluded = excluded
        let checkpoint = reference.checkpoint(router: 0)
        for rank in members {
            trainers[rank.index] = try RankTrainer(
                rank: rank,
                plan: plan,
                settings: settings,
                text: lessons,
                excluded: excluded,
                openState: { [settings] in
                    var state = settings.initialState
                    try checkpoint.restore(&state, settings: settings.text)
                    return state
                }
            )
        }
    }

    /// The ranks that take part.
    var members: [Rank] { layout.ranks.filter { !excluded.contains($0) } }

    // MARK: Playing

    /// Plays a step, and learns it in one process as well.
    ///
    /// - Returns: what that process has learned.
    func play(step: Int) throws -> TrainedStep {
        let segments = reference.plan(router: 0, excluded: excluded)
        for (serial, (segment, _)) in segments.enumerated() {
            try play(segment, step: step, serial: serial)
        }
        return try reference.train(router: 0, excluded: excluded)
    }

    /// What ranks would play in a segment, once they have played those up to another one.
    func works(
        _ segment: StepSegment,
        after last: StepSegment,
        step: Int
    ) throws -> [any StepWork] {
        for (serial, (segment, _)) in reference.plan(router: 0).enumerated() {
            try play(segment, step: step, serial: serial)
            if segment == last { break }
        }
        let prepare = Prepare(serial: 0, step: step, router: 0, segment: segment)
        return try layout.ranks.map { try work(prepare, of: $0.index) }
    }

    private func play(_ segment: StepSegment, step: Int, serial: Int) throws {
        let prepare = Prepare(serial: serial, step: step, router: 0, segment: segment)
        let works = try members.map { try work(prepare, of: $0.index) }
        for (from, sender) in zip(members, works) {
            for (to, receiver) in zip(members, works) where to != from {
                try sender.counts(for: to).withUnsafeBytes { try receiver.announce($0, from: from) }
            }
        }
        for work in works { work.ready() }
        switch segment {
        case .forward, .backward:
            for part in parts { move(works, segment, .init(.dispatch, part: part), part) }
            move(works, segment, .init(.combine))
        case .admission:
            move(works, segment, .init(.dispatch))
            move(works, segment, .init(.combine))
        case .resonance, .sumDense, .sumExperts:
            for round in works[0].messageBytes.outgoing.indices {
                move(works, segment, .init(.reduce, round: round))
            }
        case .routed, .exchange: fatalError("\(segment) is no segment of training")
        }
        for work in works {
            verification += work.verify().0
            work.settle()
        }
    }

    private var parts: [Int] {
        let parts = Array(0..<plan.exchange.pipeline)
        return partsAreReversed ? parts.reversed() : parts
    }

    private func work(_ prepare: Prepare, of rank: Int) throws -> any StepWork {
        let (trainer, buffers) = (trainers[rank], buffers[rank])
        switch prepare.segment {
        case .forward, .backward:
            return try RowsStep(
                prepare: prepare,
                plan: plan,
                trainer: trainer,
                buffers: buffers,
                aside: loop.map { loop in { try? $0.start(on: loop, onDone: $1) } }
            )
        case .admission:
            return try AdmissionStep(
                prepare: prepare,
                plan: plan,
                trainer: trainer,
                buffers: buffers
            )
        case .resonance:
            return try ResonanceStep(
                prepare: prepare,
                plan: plan,
                trainer: trainer,
                buffers: buffers
            )
        case .sumDense, .sumExperts:
            return try SumStep(prepare: prepare, plan: plan, trainer: trainer, buffers: buffers)
        case .routed, .exchange: fatalError("\(prepare.segment) is no segment of training")
        }
    }

    /// Brings every rank what the others have for it in one exchange, or in a part of it, and ends
    /// the stage everywhere.
    private func move(
        _ works: [any StepWork],
        _ segment: StepSegment,
        _ role: StageRole,
        _ part: Int? = nil
    ) {
        let cut = MessageCut(
            parts: part == nil ? 1 : plan.exchange.pipeline,
            unit: plan.model.tokenBytes.value
        )
        for (from, sender) in zip(members, works) {
            for (to, receiver) in zip(members, works) where to != from {
                let sent = sender.outgoing(exchange: role.exchange, to: to)
                let place = receiver.incoming(exchange: role.exchange, from: from)
                #expect(sent.count == place.count, "\(role) from \(from) to \(to)")
                let range = cut.range(part ?? 0, of: sent.count)
                guard !range.isEmpty else { continue }
                UnsafeMutableRawBufferPointer(rebasing: place[range])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: sent[range]))
                let came = UnsafeMutableRawBufferPointer(rebasing: place[range])
                if tamper?(segment, role.exchange, came) == true { tamper = nil }
            }
        }
        for work in works { work.stageEnded(role) }
        if role.kind == .dispatch, partsAreReversed { loop?.run() }
    }
}
