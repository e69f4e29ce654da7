// Chaos: the faults of a seed are drawn, played, and, if a rule is broken, shrunk.

import ClusterModel
import Faults
import Membership

/// A cluster on which chaos is let loose.
public struct Chaos: Sendable {
    public var ground: FaultGround
    public var policy: RecoveryPolicy
    public var ladder: RecoveryLadder
    public var bug: PlantedBug?
    private let draw: FaultDraw

    public init(
        ground: FaultGround,
        policy: RecoveryPolicy,
        ladder: RecoveryLadder,
        faults: ClosedRange<Int> = 3...6,
        bug: PlantedBug? = nil
    ) {
        self.ground = ground
        self.policy = policy
        self.ladder = ladder
        self.bug = bug
        let budget = FaultBudget(count: faults, only: ClusterSimulation.playedKinds)
        draw = FaultDraw(budget: budget, ground: ground)
    }

    /// The faults of a seed.
    public func faults(seed: UInt64) -> [FaultSpec] { draw.schedule(seed: seed) }

    /// Plays a schedule; the same seed and faults always come to the same.
    public func play(_ specs: [FaultSpec], seed: UInt64) -> ClusterStory {
        var simulation = ClusterSimulation(
            ground: ground,
            faults: FaultPlan(specs: specs, recovery: policy, seed: seed),
            ladder: ladder,
            bug: bug
        )
        return simulation.play()
    }

    /// The smallest schedule that breaks a rule with this seed.
    public func shrunk(_ specs: [FaultSpec], seed: UInt64) -> ShrunkSchedule {
        FaultShrinker.smallest(specs) { !play($0, seed: seed).violations.isEmpty }
    }
}
