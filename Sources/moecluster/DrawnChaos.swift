// Schedules for runs on worker processes: drawn from a seed, of the kinds that are played there.

import ClusterModel
import Configuration
import Faults

/// Draws the faults of a seed.
struct DrawnChaos {
    /// Faults of a run.
    private static let count = 2...4
    /// The coordinator is killed no more often than this: each time the run is started again.
    private static let killsMax = 1

    private let configuration: RunConfiguration
    private let ground: FaultGround

    init(_ configuration: RunConfiguration) {
        self.configuration = configuration
        ground = FaultGround(configuration.plan)
    }

    /// The configuration with the faults of a seed.
    func configuration(seed: UInt64) -> RunConfiguration {
        let draw = FaultDraw(
            budget: FaultBudget(count: Self.count),
            ground: ground
        )
        var random = SeededRandom(seed: seed, 0xC4A07)
        var drawn = configuration
        drawn.faults.seed = seed
        let specs = draw.schedule(seed: seed).map { Self.endable($0, &random) }
        let played = FaultTraffic(configuration.plan).effective(specs)
            .filter { $0.obstacle(on: .real) == nil && $0.problems(on: ground).isEmpty }
        var kills = 0
        drawn.faults.specs = played.filter { spec in
            guard spec.kind == .coordinator(.kill) else { return true }
            kills += 1
            return kills <= Self.killsMax
        }
        return drawn
    }

    /// What keeps a step from coming cannot end with that step: it ends after a time.
    private static func endable(_ spec: FaultSpec, _ random: inout SeededRandom) -> FaultSpec {
        var spec = spec
        let isHost: Bool
        switch spec.kind {
        case .link(.down), .partition, .node(.uplinkDown): isHost = false
        case .process(.pause), .coordinator(.pause): isHost = true
        default: return spec
        }
        // From 20 to 220 µs of emulated time, or from 50 to 850 ms of the host's.
        let micro = isHost ? 50_000 + random.next(below: 800_000) : 20 + random.next(below: 200)
        spec.trigger.span = .time(Interval(picoseconds: Int64(micro) * 1_000_000))
        return spec
    }
}
