import ClusterModel
import Faults

@testable import Simulation

/// Two nodes of two NPUs, in chaos.
enum SmallCluster {
    static let ground = ground(steps: 6)

    static func ground(steps: Int) -> FaultGround {
        FaultGround(nodes: 2, npusPerNode: 2, experts: 4, steps: steps, links: [.hccs, .roce])
    }

    /// What becomes of a run with these faults.
    static func story(
        _ faults: [String],
        _ recovery: RecoveryPolicy,
        seed: UInt64 = 5,
        bug: PlantedBug? = nil
    ) throws -> ClusterStory {
        try Chaos(ground: ground, recovery: recovery, bug: bug)
            .play(faults.map { try FaultSpec(inline: $0) }, seed: seed)
    }
}
