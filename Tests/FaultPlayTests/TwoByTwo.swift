import ClusterModel
import Faults
import Links

@testable import FaultPlay

/// Two nodes of two NPUs, 8 experts.
enum TwoByTwo {
    static let layout = RankLayout(
        nodes: 2,
        npusPerNode: 2,
        parallel: ParallelDegrees(tp: 1, ep: 4, dp: 1),
        experts: 8
    )
    static let ports = PortMap.mesh(layout)

    static func ground(steps: Int = 6) -> FaultGround {
        FaultGround(nodes: 2, npusPerNode: 2, experts: 8, steps: steps, links: [.hccs, .roce])
    }

    /// The book of a run of six steps.
    static func book(_ faults: [String]) throws -> FaultBook {
        let specs = try faults.map { try FaultSpec(inline: $0) }
        return FaultBook(FaultPlan(specs: specs, seed: 7).events(on: ground()), over: ports)
    }
}
