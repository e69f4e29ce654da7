import ClusterModel
import ClusterRuntime
import Exchange
import Links
import Simulation
import Statistics

/// Where a run's steps come from: workers that exchange bytes, or machines in virtual time.
protocol StepSource: AnyObject {
    /// Plays one step; `serial` counts what is played.
    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> PlayedStep
}

/// Workers that route tokens of the store; this process routes the same, and compares.
final class RoutedCluster: StepSource {
    private let coordinator: Coordinator
    private let routing: TokenRouting
    private let hurts: (Int) -> [ExpertHurt]

    /// `hurts` says what faults do to experts in a step.
    init(
        _ coordinator: Coordinator,
        routing: TokenRouting,
        hurts: @escaping (Int) -> [ExpertHurt]
    ) {
        self.coordinator = coordinator
        self.routing = routing
        self.hurts = hurts
    }

    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> PlayedStep {
        defer { serial += 1 }
        var outcome = try coordinator.runStep(
            step,
            router: router,
            isWarmup: isWarmup,
            serial: serial
        )
        let choices = routing.choices(
            step: step,
            router: router,
            hurts: hurts(step),
            excluded: Set(outcome.excluded)
        )
        if let difference = choices.difference(from: outcome.inputs) {
            outcome.verification.mismatch(difference)
        }
        return PlayedStep(
            segments: [outcome],
            choices: [choices],
            records: [routing.record(choices, step: step, router: router)]
        )
    }
}

/// The whole cluster in this process: tokens are routed for real, bytes are only counted.
final class VirtualCluster: StepSource {
    private let player: VirtualPlayer
    private let routing: TokenRouting

    init(_ player: VirtualPlayer, routing: TokenRouting) {
        self.player = player
        self.routing = routing
    }

    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> PlayedStep {
        let batches = routing.batches(step: step, router: router, hurts: player.expertHurts)
        let choices = routing.choices(batches)
        var outcome = try planned(batches, step, router: router, isWarmup: isWarmup)
        try player.play(&outcome)
        serial += 1
        return PlayedStep(
            segments: [outcome],
            choices: [choices],
            records: [routing.record(choices, step: step, router: router)]
        )
    }

    /// What each rank does in a step, and how long it takes.
    func preview(step: Int, router: Int) throws -> StepOutcome {
        var outcome = try planned(step: step, router: router)
        try player.play(&outcome)
        return outcome
    }

    /// What each rank would do in a step.
    func programs(step: Int, router: Int) throws -> [RankProgram] {
        try planned(step: step, router: router).programs
    }

    private func planned(step: Int, router: Int) throws -> StepOutcome {
        let batches = routing.batches(step: step, router: router, hurts: player.expertHurts)
        return try planned(batches, step, router: router, isWarmup: false)
    }

    private func planned(
        _ batches: [RoutedBatch],
        _ step: Int,
        router: Int,
        isWarmup: Bool
    ) throws -> StepOutcome {
        try player.planned(
            routing.inputs(batches, router: router),
            .layer,
            step: step,
            router: router,
            isWarmup: isWarmup
        )
    }
}
