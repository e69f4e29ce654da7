import ClusterModel
import ClusterRuntime
import Exchange
import Links
import Simulation
import Statistics

/// Where a run's steps come from: workers that exchange bytes, or machines in virtual time.
protocol StepSource: AnyObject {
    /// Plays one step and gives its segments, in order; `serial` counts what is played.
    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> [StepOutcome]
}

extension Coordinator: StepSource {
    func step(
        _ step: Int,
        router: Int,
        isWarmup: Bool,
        serial: inout Int
    ) throws -> [StepOutcome] {
        defer { serial += 1 }
        return [try runStep(step, router: router, isWarmup: isWarmup, serial: serial)]
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
    ) throws -> [StepOutcome] {
        var outcome = try planned(step, router: router, isWarmup: isWarmup)
        try player.play(&outcome)
        serial += 1
        return [outcome]
    }

    /// What each rank would do in a step.
    func programs(step: Int, router: Int) throws -> [RankProgram] {
        try planned(step, router: router, isWarmup: false).programs
    }

    private func planned(_ step: Int, router: Int, isWarmup: Bool) throws -> StepOutcome {
        try player.planned(
            routing.inputs(step: step, router: router, hurts: player.expertHurts),
            .layer,
            step: step,
            router: router,
            isWarmup: isWarmup
        )
    }
}
