// What one rank learns, with each of the plan's routers: text and states are opened when the first
// step of training is prepared.

import ClusterModel
import MoELayer
import TokenData
import Wire

/// The trainings of one rank.
final class School {
    private let rank: Rank
    private let plan: ClusterPlan
    /// Files with what each router has learned.
    private let checkpoints: [String]
    private var text: TrainingText?
    private var trainers: [Int: RankTrainer] = [:]

    init(rank: Rank, plan: WorkerPlan) {
        self.rank = rank
        self.plan = plan.plan
        checkpoints = plan.checkpoints
    }

    /// The training with the plan's router of this index, without these ranks.
    ///
    /// Where others than before are left out, experts have moved: all that is learned is opened
    /// anew, from the file that was written when that was decided.
    func trainer(_ router: Int, excluded: Set<Rank>) throws -> RankTrainer {
        if let trainer = trainers[router], trainer.excluded == excluded { return trainer }
        guard plan.routing.routers.indices.contains(router) else {
            throw StepProblem(description: "told to train router \(router)")
        }
        let corpus = try openCorpus()
        let settings = TrainingSettings(
            plan,
            candidate: .router(plan.routing.routers[router]),
            text: corpus
        )
        let file = checkpoints.indices.contains(router) ? checkpoints[router] : nil
        let trainer = try RankTrainer(
            rank: rank,
            plan: plan,
            settings: settings,
            text: try openText(settings, corpus),
            excluded: excluded,
            openState: { try Self.state(in: file, settings) }
        )
        trainers[router] = trainer
        return trainer
    }

    private func openCorpus() throws -> Corpus {
        guard let path = plan.training.corpus else {
            throw StepProblem(description: "told to train without a corpus")
        }
        return try Corpus.open(path)
    }

    /// The text is the same for all routers.
    private func openText(_ settings: TrainingSettings, _ corpus: Corpus) throws -> TrainingText {
        if let text { return text }
        let text = try settings.text(of: corpus)
        self.text = text
        return text
    }

    /// Untrained, or what a router's file holds by now.
    private static func state(
        in file: String?,
        _ settings: TrainingSettings
    ) throws -> TrainingState {
        var state = settings.initialState
        guard let file else { return state }
        try Checkpoint(WholeFile.read(file)).restore(&state, settings: settings.text)
        return state
    }
}
