// Chaos: the faults of a seed are drawn, played, and, if a rule is broken, shrunk.

import ClusterModel
import Faults
import Membership

/// A cluster on which chaos is let loose.
public struct Chaos: Sendable {
    public var ground: FaultGround
    public var recovery: RecoveryPolicy
    public var bug: PlantedBug?
    private let draw: FaultDraw

    public init(
        ground: FaultGround,
        recovery: RecoveryPolicy,
        faults: ClosedRange<Int> = 3...6,
        kinds: [String] = FaultKind.names,
        bug: PlantedBug? = nil
    ) {
        self.ground = ground
        self.recovery = recovery
        self.bug = bug
        let budget = FaultBudget(count: faults, only: kinds)
        draw = FaultDraw(budget: budget, ground: ground)
    }

    /// The faults of a seed.
    public func faults(seed: UInt64) -> [FaultSpec] { draw.schedule(seed: seed) }

    /// Plays a schedule; the same seed and faults always come to the same.
    public func play(_ specs: [FaultSpec], seed: UInt64) -> ClusterStory {
        var simulation = ClusterSimulation(
            ground: ground,
            faults: FaultPlan(specs: specs, recovery: recovery, seed: seed),
            bug: bug
        )
        return simulation.play()
    }

    /// The smallest schedule that breaks a rule with this seed.
    public func shrunk(_ specs: [FaultSpec], seed: UInt64) -> ShrunkSchedule {
        FaultShrinker.smallest(specs) { !play($0, seed: seed).violations.isEmpty }
    }
}
