// Steps of routers that learn: each is played segment by segment, by workers or in virtual time,
// and one process computes the same beside it.

import ClusterModel
import ClusterRuntime
import Exchange
import Links
import MoELayer
import Simulation
import Statistics

/// Workers that train; after each step their parameters are compared with the reference's.
final class TrainedCluster: StepSource {
    private let coordinator: Coordinator
    private let reference: TrainingReference
    private let hurts: (Int) -> [ExpertHurt]

    /// Learns with the workers of a coordinator.
    ///
    /// `save` writes what a router has learned by now for workers to begin with: the reference,
    /// which learns a step when it has ended, is where a step that is redone began. `hurts` says what
    /// faults do to experts in a step.
    init(
        _ coordinator: Coordinator,
        reference: TrainingReference,
        hurts: @escaping (Int) -> [ExpertHurt],
        save: @escaping (Int) throws -> Void
    ) {
        self.coordinator = coordinator
        self.hurts = hurts
        self.reference = reference
        coordinator.onStateAsked = save
    }

    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> PlayedStep {
        var outcomes = try coordinator.runTraining(
            { reference.plan(router: router, excluded: $0) },
            step: step,
            router: router,
            isWarmup: isWarmup,
            serial: serial
        )
        serial += outcomes.count
        // The attempt that ended well had the same ranks from its first segment to its last.
        let excluded = Set(outcomes.flatMap(\.excluded))
        let trained = try reference.train(
            router: router,
            excluded: excluded,
            hurts: hurts(step)
        )
        for index in outcomes.indices {
            proveCounts(&outcomes[index], trained)
            proveAssignments(&outcomes[index], trained.segments[index])
        }
        prove(&outcomes[outcomes.count - 1], trained)
        return PlayedStep(segments: outcomes, choices: trained.choices)
    }

    /// What LocMoE+ adapted to is what the tokens of all ranks give.
    private func proveCounts(_ outcome: inout StepOutcome, _ trained: TrainedStep) {
        guard case .resonance(let layer) = outcome.segment else { return }
        for (rank, digest) in outcome.digests.enumerated()
        where digest != trained.counted[layer] && !outcome.excluded.contains(Rank(rank)) {
            outcome.verification.mismatch(
                "rank \(rank) adapts layer \(layer) to other counts than those of all ranks"
            )
        }
    }

    /// Every rank kept as many tokens for each expert as one process does.
    private func proveAssignments(_ outcome: inout StepOutcome, _ trained: TrainedStep.Segment) {
        guard case .forward(let layer) = outcome.segment else { return }
        for (rank, (seen, expected)) in zip(outcome.inputs, trained.inputs).enumerated()
        where seen.kept != expected.kept || seen.dropped != expected.dropped {
            outcome.verification.mismatch(
                "rank \(rank) keeps \(seen.kept) tokens for the experts of layer \(layer), and one "
                    + "process \(expected.kept)"
            )
        }
    }

    /// What the ranks have learned is what one process learns, bit for bit.
    private func prove(_ outcome: inout StepOutcome, _ trained: TrainedStep) {
        for (rank, learned) in outcome.learned.enumerated()
        where learned.parameters != trained.learned[rank] {
            outcome.verification.mismatch(
                "the parameters of rank \(rank) after the step are not those that one process "
                    + "learns"
            )
        }
        let (seen, expected) = (outcome.trainLoss ?? .nan, trained.outcome.loss)
        guard seen != expected else { return }
        outcome.verification.mismatch(
            "a loss of \(seen), and one process has \(expected)"
        )
    }
}

/// The same in virtual time: learned in this process, played by the machines.
final class VirtualTraining: StepSource {
    private let player: VirtualPlayer
    private let reference: TrainingReference

    init(_ player: VirtualPlayer, reference: TrainingReference) {
        self.player = player
        self.reference = reference
    }

    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> PlayedStep {
        let trained = try reference.train(router: router, hurts: player.expertHurts)
        var outcomes = try play(trained, step: step, router: router, isWarmup: isWarmup)
        outcomes[outcomes.count - 1].learned = trained.losses
        serial += outcomes.count
        return PlayedStep(segments: outcomes, choices: trained.choices)
    }

    /// What the next step would be, without learning from it.
    func preview(router: Int) throws -> [StepOutcome] {
        let trained = reference.preview(router: router)
        return try play(trained, step: 0, router: router, isWarmup: false)
    }

    private func play(
        _ trained: TrainedStep,
        step: Int,
        router: Int,
        isWarmup: Bool
    ) throws -> [StepOutcome] {
        var chain = SegmentChain(world: player.plan.world)
        return try trained.segments.map { segment in
            var inputs = segment.inputs
            for (rank, lead) in chain.leads.enumerated() { inputs[rank].lead = lead }
            var outcome = try player.planned(
                inputs,
                segment.shape,
                segment: segment.segment,
                step: step,
                router: router,
                isWarmup: isWarmup
            )
            try player.play(&outcome)
            chain.append(finishes: outcome.finishes)
            return outcome
        }
    }
}
