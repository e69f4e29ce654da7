// The training of a run in one process: what the cluster of workers must compute, bit for bit. It
// gives workers the state they begin with, stands in for them in virtual time, and proves them.

import ClusterModel
import Exchange
import Membership
import MoELayer
import Routing
import TokenData
import Wire

/// One step of training as every rank has to play it.
public struct TrainedStep {
    /// Losses and decisions.
    public let outcome: LocalTraining.Outcome
    /// What is played, in order.
    public let segments: [Segment]
    /// What each rank's parameters are afterwards, 0 of who is left out; empty if nothing was learned.
    public let learned: [UInt32]
    /// What the tokens of each MoE layer chose.
    public let choices: [LayerChoices]
    /// CRC32C of what all ranks counted together, [layers]; empty where nothing adapts.
    public let counted: [UInt32]
    /// Tokens that have a loss, of all ranks.
    let tokens: Int

    /// What ranks would say they learned, as far as one process knows: all is said by the first.
    public var losses: [RankLearned] {
        [
            RankLearned(
                loss: outcome.loss * Double(tokens),
                tokens: tokens,
                parameters: learned.first ?? 0
            )
        ]
    }

    /// One segment and what it moves.
    public struct Segment {
        public let segment: StepSegment
        public let shape: StepShape
        public let inputs: [RankInput]
    }
}

/// The trainings of a plan's routers in this process, and of the controls beside them.
///
/// A control goes by the numbers after the routers'; it is only learned and looked at. Different
/// ones may learn at a time, on threads of their own (`study`).
public final class TrainingReference {
    /// Each in a place of its own: threads that let them learn share nothing.
    private final class Pupil {
        var training: LocalTraining
        /// The ranks of the cluster that it learns without: whole tensor-parallel groups.
        var excluded: Set<Rank> = []
        /// What its last step would have decided with no expert hurt, [layers][ranks that took part].
        var unhurt: [[Assignment]] = []
        /// How its workers sum, and without whom: the same in every step, until somebody else is left
        /// out.
        var sums: (excluded: Set<Rank>, sums: TrainingSums)?
        init(_ training: LocalTraining) { self.training = training }
    }

    private let plan: ClusterPlan
    private let text: TrainingText
    private let settings: [TrainingSettings]
    private let pupils: [Pupil]
    /// Hears of each step that a router has learned: the router, what it gave, its number.
    public var onStep: ((Int, LocalTraining.Outcome, Int) throws -> Void)?

    /// Opens the corpus; every router is untrained.
    public init(_ plan: ClusterPlan) throws {
        guard let path = plan.training.corpus else {
            throw StepProblem(description: "nothing to learn from: workload.corpus is empty")
        }
        self.plan = plan
        let corpus = try Corpus.open(path)
        let settings = Self.candidates(plan).map {
            TrainingSettings(plan, candidate: $0, text: corpus)
        }
        let text = try settings[0].text(of: corpus)
        self.settings = settings
        self.text = text
        let frequencies = text.frequencies
        pupils = try settings.map {
            Pupil(try $0.training($0.initialState, frequencies: frequencies))
        }
    }

    /// What a plan lets learn: its routers, then the controls beside them.
    public static func candidates(_ plan: ClusterPlan) -> [TrainingSettings.Candidate] {
        let controls: [TrainingSettings.Candidate] =
            plan.training.controls == .on ? [.denseControl, .noControl] : []
        return plan.routing.routers.map { .router($0) } + controls
    }

    /// All that learn: the plan's routers, then the controls.
    public var names: [String] { settings.map(\.candidate.name) }

    /// Whether it only stands beside the routers.
    public func isControl(_ index: Int) -> Bool { index >= plan.routing.routers.count }

    /// Steps that are learned before the run's first: of a control all of them.
    public func stepsBefore(router: Int) -> Int {
        isControl(router) ? settings[router].steps : plan.training.warmStart
    }

    /// Steps a router has learned.
    public func step(router: Int) -> Int { pupils[router].training.state.step }

    /// What all tensor-parallel groups that take part learn from in a router's next step.
    private func lessons(router: Int) -> [SequenceBatch] {
        let training = pupils[router].training
        return training.members.map {
            text.lesson(of: $0, step: training.state.step, ranks: training.layout.world)
        }
    }

    /// Who computes which experts of a router, and what travels.
    private func traffic(router: Int) -> ExpertTraffic {
        ExpertTraffic(plan, excluded: pupils[router].excluded)
    }

    // MARK: Steps

    /// Learns one step with a router, without these ranks and with what faults do to experts.
    ///
    /// - Throws: a loss that is not finite any more.
    public func train(
        router: Int,
        excluded: Set<Rank> = [],
        hurts: [ExpertHurt] = []
    ) throws -> TrainedStep {
        let groups = RankLayout(plan).groups(of: excluded)
        pupils[router].training = pupils[router].training.without(groups)
        pupils[router].excluded = excluded
        let lessons = lessons(router: router)
        let (outcome, step) = try study(router: router, hurts: hurts)
        try onStep?(router, outcome, step)
        return trained(outcome, lessons, router: router, checksums(router: router))
    }

    /// Learns one step and tells nobody yet; for different routers at a time, if need be.
    ///
    /// - Returns: what it gave, and its number.
    /// - Throws: a loss that is not finite any more.
    public func study(
        router: Int,
        hurts: [ExpertHurt] = []
    ) throws(TrainingDivergence) -> (outcome: LocalTraining.Outcome, step: Int) {
        let (lessons, step) = (lessons(router: router), step(router: router))
        let outcome = pupils[router].training.train(lessons, hurts: hurts)
        pupils[router].unhurt = outcome.unhurt
        guard outcome.loss.isFinite else {
            throw TrainingDivergence(run: settings[router].candidate.name, step: step)
        }
        return (outcome, step)
    }

    /// What each rank would have put into the last step of a router if faults had hurt no expert,
    /// layer by layer, as far as decisions go; empty where none did.
    public func unhurt(router: Int) -> [[RankInput]] {
        let traffic = traffic(router: router)
        return pupils[router].unhurt.map { assignments in
            let byRank = byRank(assignments, router: router, leftOut: nothing(traffic))
            let loads = byRank.map { LayerLoad($0, gate: .zero) }
            return traffic.inputs(loads, model: plan.model)
        }
    }

    /// Of who is left out.
    private func nothing(_ traffic: ExpertTraffic) -> Assignment {
        Assignment(pairs: [], experts: traffic.layout.experts, capacity: 0)
    }

    /// What the next step would be if nothing were learned from it.
    public func preview(router: Int) -> TrainedStep {
        let lessons = lessons(router: router)
        return trained(pupils[router].training.evaluate(lessons), lessons, router: router, [])
    }

    private func trained(
        _ outcome: LocalTraining.Outcome,
        _ batches: [SequenceBatch],
        router: Int,
        _ learned: [UInt32]
    ) -> TrainedStep {
        TrainedStep(
            outcome: outcome,
            segments: segments(outcome, router: router),
            learned: learned,
            choices: choices(outcome, router: router),
            counted: outcome.counts.map { ResonanceStep.digest($0.words) },
            tokens: batches.reduce(0) { $0 + $1.targetCount }
        )
    }

    private func choices(_ outcome: LocalTraining.Outcome, router: Int) -> [LayerChoices] {
        let layout = RankLayout(plan)
        let sources = pupils[router].training.members.map { layout.leader(ofGroup: $0) }
        return outcome.assignments.indices.map { layer in
            let batches = sources.indices.map {
                LayerChoices.Batch(
                    rank: sources[$0],
                    tokens: outcome.tokens[layer][$0].count,
                    assignment: outcome.assignments[layer][$0]
                )
            }
            return LayerChoices(layer: layer, batches: batches)
        }
    }

    /// What each rank has, given what each tensor-parallel group that takes part has, index = rank.
    private func byRank<T>(_ byMember: [T], router: Int, leftOut: T) -> [T] {
        let layout = RankLayout(plan)
        let places = pupils[router].training.exchange.places
        return layout.ranks.map {
            let place = places[layout.group(of: $0).index]
            return place < 0 ? leftOut : byMember[place]
        }
    }

    /// Steps in which all ranks have been once through the held-out text.
    public var heldOutSteps: Int { text.heldOut.stepsPerPass }

    /// What a router gives on the held-out text, a step for each part of it.
    ///
    /// One process reads all of it, whoever is left out of the cluster.
    ///
    /// - Throws: `RunFailure.interrupted` if somebody asks for the end meanwhile.
    public func heldOut(router: Int) throws(RunFailure) -> [LocalTraining.Outcome] {
        let training = pupils[router].training.without([])
        return try (0..<heldOutSteps).map { step throws(RunFailure) in
            try Interruption.check()
            return training.evaluate(
                training.layout.ranks.map { text.heldOut.sequences(of: $0, step: step) }
            )
        }
    }

    /// What a router learns by.
    public func settings(router: Int) -> TrainingSettings { settings[router] }

    /// The segments of a router's steps without these ranks, and their shapes.
    public func plan(
        router: Int,
        excluded: Set<Rank> = []
    ) -> [(segment: StepSegment, shape: StepShape)] {
        let sums = sums(router: router, excluded: excluded)
        return StepSegment.training(
            layers: settings[router].layers,
            adapts: sums.resonance != nil,
            isPooled: pupils[router].training.isPooled,
            sharesExperts: sums.experts != nil
        ).map { segment in
            switch segment {
            case .sumDense: (segment, .allReduce(sums.dense))
            case .sumExperts: (segment, .allReduce(sums.experts ?? sums.dense))
            case .resonance: (segment, .allReduce(sums.resonance ?? sums.dense))
            case .exchange: (segment, .exchange)
            case .admission: (segment, .admission)
            case .routed, .forward, .backward: (segment, .layer)
            }
        }
    }

    /// What ranks sum with each other, as `RankTrainer` has it.
    private func sums(router: Int, excluded: Set<Rank>) -> TrainingSums {
        let pupil = pupils[router]
        if let known = pupil.sums, known.excluded == excluded { return known.sums }
        let training = pupil.training
        let sums = TrainingSums(
            settings[router].allReduce,
            ExpertPlacement(RankLayout(plan), excluded: excluded),
            denseCount: training.state.model.parameterCount,
            expertCount: training.state.banks[0].expertCount,
            layers: training.state.banks[0].layers.count,
            counted: training.counted
        )
        pupil.sums = (excluded, sums)
        return sums
    }

    private func segments(
        _ outcome: LocalTraining.Outcome,
        router: Int
    ) -> [TrainedStep.Segment] {
        plan(router: router, excluded: pupils[router].excluded).map { segment, shape in
            TrainedStep.Segment(
                segment: segment,
                shape: shape,
                inputs: inputs(segment, shape, outcome, router: router)
            )
        }
    }

    private func inputs(
        _ segment: StepSegment,
        _ shape: StepShape,
        _ outcome: LocalTraining.Outcome,
        router: Int
    ) -> [RankInput] {
        let traffic = traffic(router: router)
        let gate = gateTime(segment, router: router)
        let gates = traffic.layout.ranks.map {
            traffic.placement.excluded.contains($0) ? .zero : gate
        }
        if case .allReduce(let reduction) = shape {
            return reduction.inputs(traffic.layout, gates: gates)
        }
        let passes = if case .backward = segment { 2 } else { 1 }
        let assignments = byRank(
            outcome.assignments[segment.layer],
            router: router,
            leftOut: nothing(traffic)
        )
        if case .admission = segment {
            let offered = byRank(outcome.offered[segment.layer], router: router, leftOut: [])
            return traffic.layout.ranks.map {
                let pairs = offered[$0.index]
                return RankInput(admitting: pairs, of: $0, traffic.placement, gates[$0.index])
            }
        }
        let loads = zip(assignments, gates).map { LayerLoad($0, gate: $1) }
        return traffic.inputs(loads, model: plan.model, passes: passes)
    }

    /// What each rank computes before a segment, as `RankTrainer` tells it.
    private func gateTime(_ segment: StepSegment, router: Int) -> Interval {
        let training = pupils[router].training
        let adapts = training.sums.resonance != nil
        guard segment.hasGate(adapts: adapts, isPooled: training.isPooled) else { return .zero }
        let passes = if case .backward = segment { 2 } else { 1 }
        let flops = training.gateFlopsPerToken(layer: segment.layer, hidden: plan.model.hidden)
        return plan.model.computeTime(
            flops: flops * Double(plan.workload.tokensPerNPU * passes)
        )
    }

    // MARK: State

    /// CRC32C of each rank's parameters after the steps that a router has learned, index = rank, as
    /// `RankLearned` tells them; 0 of who was left out of the last one.
    public func checksums(router: Int) -> [UInt32] {
        byRank(pupils[router].training.checksums, router: router, leftOut: 0)
    }

    /// What a router has learned, for the workers to begin with.
    public func checkpoint(router: Int) -> Checkpoint {
        Checkpoint(pupils[router].training.state, settings: settings[router].text)
    }

    /// Goes on from what a router had learned; its steps are not heard of again.
    public func restore(_ checkpoint: Checkpoint, router: Int) throws(Checkpoint.Problem) {
        var state = pupils[router].training.state
        try checkpoint.restore(&state, settings: settings[router].text)
        pupils[router].training = pupils[router].training.with(state)
    }
}

extension LocalTraining {
    /// CRC32C of the parameters of each rank of a tensor-parallel group, by group that takes part, as
    /// `RankTrainer` tells it.
    var checksums: [UInt32] {
        let dense = state.model.flattened.withUnsafeBytes { CRC32C.of($0) }
        return members.map { rank in
            state.bank(on: rank, exchange.placement).flattened.withUnsafeBytes {
                CRC32C.of($0, after: dense)
            }
        }
    }
}

extension AllReduce {
    /// What every rank puts into it, index = rank.
    func inputs(_ layout: RankLayout, gates: [Interval]) -> [RankInput] {
        layout.ranks.map { rank in
            var send = Array(repeating: 0, count: layout.world)
            for stretch in stages(of: rank).flatMap(\.sends) {
                send[stretch.peer.index] += stretch.values.count * valueBytes
            }
            return RankInput(
                send: send,
                kept: [],
                offered: 0,
                dropped: 0,
                capacity: 0,
                gate: gates[rank.index],
                expert: .zero,
                bufferBytes: 0
            )
        }
    }
}
