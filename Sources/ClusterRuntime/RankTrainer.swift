// What one rank learns with one router, between the exchanges of its steps: it reads the text,
// decides, and hands rows to what moves them.

import ClusterModel
import Exchange
import MoELayer
import Routing
import TokenData
import Wire

/// Training of one router on one rank.
final class RankTrainer {
    let rank: Rank
    /// What its tensor-parallel group learns: each rank of it computes all of it.
    private(set) var training: RankTraining
    private let cluster: RankLayout
    /// The ranks that it learns without.
    let excluded: Set<Rank>
    let settings: TrainingSettings
    private let text: TrainingText
    /// Opens the state to begin with: that of the run's start, or of a step that is redone.
    private let openState: () throws -> TrainingState
    /// How gradients are summed.
    let sums: TrainingSums
    private let warmStart: Int
    private let model: ModelShape
    /// What pooled experts have admitted, by layer.
    private var admitted: [Int: Assignment] = [:]
    /// The sum of dense gradients, until the step's sums are complete.
    private var denseSum: [Float]?

    init(
        rank: Rank,
        plan: ClusterPlan,
        settings: TrainingSettings,
        text: TrainingText,
        excluded: Set<Rank>,
        openState: @escaping () throws -> TrainingState
    ) throws {
        self.rank = rank
        self.settings = settings
        self.excluded = excluded
        self.text = text
        cluster = RankLayout(plan)
        model = plan.model
        warmStart = plan.training.warmStart
        self.openState = openState
        training = try settings.training(
            of: cluster.group(of: rank),
            try openState(),
            frequencies: text.frequencies,
            excluded: cluster.groups(of: excluded)
        )
        sums = TrainingSums(
            settings.allReduce,
            ExpertPlacement(cluster, excluded: excluded),
            denseCount: training.denseCount,
            expertCount: training.expertCount,
            layers: training.layers,
            classes: training.countedClasses
        )
    }

    var width: Int { training.width }
    /// Tokens of all tensor-parallel groups that take part.
    var tokensOfAll: Int {
        (settings.layout.world - cluster.groups(of: excluded).count) * settings.tokensPerRank
    }

    /// What it has learned, for the coordinator; of a tensor-parallel group's tokens the first rank
    /// tells the loss.
    var learned: RankLearned {
        var sum: UInt32 = 0
        training.withParameters { sum = CRC32C.of($0, after: sum) }
        let tells = cluster.leader(of: rank) == rank
        return RankLearned(
            loss: tells ? training.lastLoss.sum : 0,
            tokens: tells ? training.lastLoss.tokens : 0,
            parameters: sum
        )
    }

    // MARK: Segments

    /// Begins a step of the run, in which faults do this to experts, forgetting one that was begun.
    func begin(step: Int, hurts: [ExpertHurt]) throws {
        if warmStart + step != training.step { try goBack() }
        guard warmStart + step == training.step else {
            throw StepProblem(
                description:
                    "told to train step \(step) after \(warmStart), and its parameters are "
                    + "those after \(training.step) steps"
            )
        }
        admitted = [:]
        denseSum = nil
        let groups = settings.layout.world
        training.begin(
            text.lesson(of: training.rank, step: training.step, ranks: groups),
            hurts: hurts
        )
    }

    /// Takes the state that is kept for the ranks: this one had learned from a step that others
    /// failed in, which all do again.
    private func goBack() throws {
        training = try settings.training(
            of: cluster.group(of: rank),
            try openState(),
            frequencies: text.frequencies,
            excluded: cluster.groups(of: excluded)
        )
    }

    /// The rows of a layer's tokens for all experts, as the wire carries them.
    func forwardRows(layer: Int) -> ExpertRows {
        let assignment = admitted.removeValue(forKey: layer) ?? training.decide(layer: layer)
        return carried(training.dispatch(layer: layer, assignment))
    }

    /// What it counts of a layer's tokens, where LocMoE+ adapts.
    func counts(layer: Int) -> ResonanceCounts? { training.counts(layer: layer) }

    /// Takes the counts of all ranks, and lets them decide on mode and C.
    func adapt(layer: Int, to counts: ResonanceCounts) { training.adapt(layer: layer, to: counts) }

    /// Whether what all ranks count decides on mode and C.
    var adapts: Bool { sums.resonance != nil }

    /// The pairs that its tokens offer where slots are pooled.
    func candidates(layer: Int) -> [Assignment.Pair] { training.candidates(layer: layer) }

    /// Takes what the experts have admitted.
    func admit(layer: Int, _ assignment: Assignment) { admitted[layer] = assignment }

    /// Whether tokens are offered to experts of all ranks before they travel.
    var isPooled: Bool { training.admission(layer: 0) != nil }

    /// The gradients of a layer's tokens for all experts; the last layer's come from the loss.
    func backwardRows(layer: Int) -> ExpertRows {
        if layer == training.layers - 1 { training.turn() }
        return carried(training.combineBackward(layer: layer))
    }

    /// What its experts answer to the rows of each source in a part, of parts in their order.
    func answers(_ segment: StepSegment, part: Int, _ sources: [ExpertRows]) -> [ExpertRows] {
        let answers =
            if case .backward(let layer) = segment {
                training.expertsBackward(layer: layer, part: part, sources)
            } else {
                training.experts(layer: segment.layer, part: part, sources)
            }
        return answers.map(carried)
    }

    /// Takes what came back.
    func take(_ segment: StepSegment, _ rows: ExpertRows) {
        guard case .backward(let layer) = segment else {
            training.combine(layer: segment.layer, rows)
            return
        }
        training.dispatchBackward(layer: layer, rows)
        if layer == 0 { training.finish() }
    }

    /// What this rank has of a sum.
    func summands(_ segment: StepSegment) -> [Float] {
        segment == .sumDense ? training.denseGradient : training.expertGradient
    }

    /// Takes a sum; with the last one of a step, it learns.
    func take(_ segment: StepSegment, sum: [Float]) {
        if segment == .sumDense, sums.experts != nil {
            denseSum = sum
            return
        }
        let experts = segment == .sumExperts ? sum : training.expertGradient
        training.update(dense: denseSum ?? sum, experts: experts)
        denseSum = nil
    }

    private func carried(_ rows: ExpertRows) -> ExpertRows {
        var rows = rows
        rows.round(to: settings.element)
        return rows
    }

    // MARK: Modelled time

    /// Of the gate of a layer on this rank: there once, before anything of it travels, back twice.
    func gateTime(_ segment: StepSegment) -> Interval {
        guard segment.hasGate(adapts: adapts, isPooled: isPooled) else { return .zero }
        let tokens = Double(settings.tokensPerRank)
        let flops = training.gateFlopsPerToken(layer: segment.layer, hidden: model.hidden) * tokens
        return model.computeTime(flops: flops * passes(segment))
    }

    /// Of its experts for so many slots: their matrices are shared out over the group.
    func expertTime(_ segment: StepSegment, slots: Int) -> Interval {
        model.expertTime(tokens: slots * Int(passes(segment)), tp: cluster.parallel.tp)
    }

    /// The way back takes two products for each of the way there.
    private func passes(_ segment: StepSegment) -> Double {
        if case .backward = segment { 2 } else { 1 }
    }
}
