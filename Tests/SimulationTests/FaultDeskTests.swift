import ClusterModel
import FaultPlay
import Faults
import Membership
import Testing

@testable import Simulation

/// What single faults do to a simulated cluster.
@Suite struct `Faults in the simulated cluster` {
    private static let ground = SmallCluster.ground

    private func story(_ fault: String) throws -> ClusterStory {
        let chaos = Chaos(
            ground: Self.ground,
            recovery: RecoveryPolicy(ladder: [.retry])
        )
        return chaos.play([try FaultSpec(inline: fault)], seed: 5)
    }

    @Test(arguments: [
        "kind=straggler,factor=3,npu=1,at=step 0",
        "kind=compute-jitter,at_most=0.5,npu=1,at=step 0",
        "kind=stall,period=100 us,length=50 us,npu=1,at=step 0",
    ])
    func `computing is stretched as on workers`(fault: String) throws {
        let spec = try FaultSpec(inline: fault)
        let events = FaultPlan(specs: [spec], seed: 5).events(on: Self.ground)
        var desk = FaultDesk(events: events, world: 4)
        desk.active = [0]
        guard case .compute(let kind) = spec.kind else {
            Issue.record("\(fault) is no fault of computing")
            return
        }
        let expected = ComputeStretch(fault: kind, seed: events[0].seed)
            .time(for: Interval(picoseconds: 1_000_000_000), step: 2, router: 0, stage: 0)
        #expect(
            desk.stretched(1_000_000, at: Rank(1), step: 2, Self.ground) == expected.picoseconds
                / 1000
        )
        #expect(expected.picoseconds > 1_000_000_000)
        #expect(desk.stretched(1_000_000, at: Rank(2), step: 2, Self.ground) == 1_000_000)
    }

    /// Not only after the bound of the step: who is back answers with a reset.
    @Test func `a half-open connection ends when its other side is back`() throws {
        let story = try story("kind=half-open,from=0,to=1,at=step 1 dispatch,for=5 ms")
        #expect(story.violations == [])
        #expect(story.measures == [.retry])
        #expect(story.stepsDone == 6)
        #expect(story.endedAt < ClusterSimulation.stepMax)
    }

    @Test func `a half-open connection that never heals is noticed at the bound of the step`()
        throws
    {
        let story = try story("kind=half-open,from=0,to=1,at=step 1 dispatch")
        #expect(story.violations == [])
        #expect(story.measures == [.retry])
        #expect(story.endedAt > ClusterSimulation.stepMax)
    }
}
