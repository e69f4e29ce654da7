// What a run exchanges: tokens of the store, routed as they are, or tokens of a text that routers
// learn from.

import ClusterModel
import ClusterRuntime
import Evaluation
import Exchange
import Links
import MoELayer
import ResultFiles
import TokenData

/// The tokens of a run and what is done with them.
enum RunTokens {
    case routed(ClusterPlan, TokenRouting)
    case learned(ClusterPlan, TrainingReference, RunQuality)

    /// Opens the files that the plan names.
    init(_ plan: ClusterPlan) throws {
        guard plan.training.corpus == nil else {
            let reference = try TrainingReference(plan)
            self = .learned(plan, reference, RunQuality(reference, plan: plan))
            return
        }
        let routing = try TokenRouting(plan)
        try routing.store.checkFinite()
        self = .routed(plan, routing)
    }

    /// What routers learn, `nil` where nothing is learned.
    var quality: RunQuality? {
        guard case .learned(_, _, let quality) = self else { return nil }
        return quality
    }

    /// What a run of this plan would move, in virtual time.
    func virtualCluster(_ player: FaultPlayer) -> any StepSource {
        switch self {
        case .routed(let plan, let routing):
            VirtualCluster(VirtualPlayer(plan: plan, faults: player), routing: routing)
        case .learned(let plan, let reference, _):
            VirtualTraining(VirtualPlayer(plan: plan, faults: player), reference: reference)
        }
    }

    /// Workers that do it; `save` writes what a router has learned by now to where its workers
    /// look for the state that they begin with, `hurts` says what faults do to experts in a step.
    func source(
        _ coordinator: Coordinator,
        hurts: @escaping (_ step: Int) -> [ExpertHurt],
        save: @escaping (_ router: Int) throws -> Void
    ) -> any StepSource {
        switch self {
        case .routed(_, let routing): RoutedCluster(coordinator, routing: routing, hurts: hurts)
        case .learned(_, let reference, _):
            TrainedCluster(coordinator, reference: reference, hurts: hurts, save: save)
        }
    }

    /// What the run's first step is for each router, by segments: programs, index = rank.
    func programs() throws -> [[RankProgram]] {
        switch self {
        case .routed(let plan, let routing):
            let cluster = VirtualCluster(VirtualPlayer(plan: plan, faults: nil), routing: routing)
            return try plan.routing.routers.indices.map {
                try cluster.programs(step: 0, router: $0)
            }
        case .learned(let plan, _, _):
            return try plan.routing.routers.indices.flatMap { router in
                try Interruption.check()
                return try preview(router: router).map(\.programs)
            }
        }
    }

    /// The run's first step with a router, played in virtual time and not learned from.
    func preview(router: Int) throws -> [StepOutcome] {
        switch self {
        case .routed(let plan, let routing):
            let cluster = VirtualCluster(VirtualPlayer(plan: plan, faults: nil), routing: routing)
            return [try cluster.preview(step: 0, router: router)]
        case .learned(let plan, let reference, _):
            let cluster = VirtualTraining(
                VirtualPlayer(plan: plan, faults: nil),
                reference: reference
            )
            return try cluster.preview(router: router)
        }
    }

    /// What a run ends with whatever it has to recover from, as one process computes it.
    var expected: StateCheck.Expected {
        switch self {
        case .routed(_, let routing):
            .routed(
                inputs: {
                    try Interruption.check()
                    return routing.inputs(step: $0, router: $1)
                },
                digests: { routing.digests(step: $0, router: $1, stamp: $2) }
            )
        case .learned(_, let reference, _): .learned(reference.checksums)
        }
    }

    /// What is kept of learning in a run's folder, `nil` where nothing is learned.
    func checkpoints(in folder: RunFolder) -> RunCheckpoints? {
        guard case .learned(let plan, let reference, let quality) = self else { return nil }
        return RunCheckpoints(
            folder: folder.path + "/training",
            plan: plan,
            reference: reference,
            quality: quality
        )
    }

    /// Lets routers learn what they have to before the run's first step, and controls all they do.
    func warmStart(_ checkpoints: RunCheckpoints?, _ console: Console) throws {
        guard case .learned(_, let reference, let quality) = self else { return }
        let start = WarmStart(
            reference: reference,
            quality: quality,
            checkpoints: checkpoints,
            console: console
        )
        try start.run()
    }

    /// Lets routers learn again what they had learned in the steps that a broken run has kept,
    /// from their checkpoints on, with what faults did to experts in each of them.
    func catchUp(
        _ steps: [StepEvaluation],
        _ console: Console,
        hurts: (_ step: Int) -> [ExpertHurt]
    ) throws {
        guard case .learned(let plan, let reference, let quality) = self else { return }
        for step in steps {
            try Interruption.check()
            let router = step.outcome.router
            guard plan.training.warmStart + step.outcome.step >= reference.step(router: router)
            else { continue }
            let name = plan.routing.routers[router].rawValue
            console.progress("\(name) learns again: step \(step.outcome.step + 1)")
            let trained = try reference.train(
                router: router,
                excluded: Set(step.outcome.excluded),
                hurts: hurts(step.outcome.step)
            )
            if let seen = step.outcome.trainLoss, seen != trained.outcome.loss {
                throw PreflightProblem(
                    description: "step \(step.outcome.step) of \(name) was learned with a loss of "
                        + "\(seen), and learned again it has \(trained.outcome.loss): this is "
                        + "another program or another text; start anew without --resume"
                )
            }
            try quality.played(step.record, router: router)
        }
    }
}
