import ClusterModel
import Faults
import Membership
import Testing

@testable import Simulation

/// Descriptors that are used up, and experts that are lost or hot, in a simulated cluster.
@Suite struct `Descriptors and experts of a simulated cluster` {
    @Test func `a standing cluster needs no more descriptors`() throws {
        let story = try SmallCluster.story(["kind=descriptors,npu=1,left=0,at=step 1"], .abort)
        #expect(story.violations == [] && story.stepsDone == 6 && story.refusedConnections == 0)
    }

    /// Rank 2 is away when rank 1 has no descriptor left, and comes back to a door that nobody can open.
    @Test func `who has no descriptor lets nobody in`() throws {
        let away = ["kind=kill,npu=2,at=step 1"]
        let held = away + ["kind=descriptors,npu=1,left=0,at=step 2"]
        let ladder = RecoveryPolicy(
            ladder: [.retry, .exclude],
            retryMax: 1,
            excludeMax: 2,
            rejoinAfter: 2
        )
        for seed in 0..<20 as Range<UInt64> {
            #expect(try SmallCluster.story(away, ladder, seed: seed).rejoined == 1)
            let story = try SmallCluster.story(held, ladder, seed: seed)
            #expect(story.violations == [] && story.refusedConnections > 0, "seed \(seed)")
        }
        let room = away + ["kind=descriptors,npu=1,left=1,at=step 2"]
        #expect(try SmallCluster.story(room, ladder).refusedConnections == 0)
        #expect(try SmallCluster.story(room, ladder).rejoined == 1)
    }

    /// Rank 3 is the one that connects, and cannot.
    @Test func `who cannot connect for want of descriptors blames itself`() throws {
        let faults = ["kind=kill,npu=2,at=step 1", "kind=descriptors,npu=3,left=0,at=step 2"]
        let ladder = RecoveryPolicy(
            ladder: [.retry, .exclude],
            retryMax: 1,
            excludeMax: 3,
            rejoinAfter: 2
        )
        for seed in 0..<20 as Range<UInt64> {
            let story = try SmallCluster.story(faults, ladder, seed: seed)
            #expect(story.violations == [] && story.refusedConnections > 0, "seed \(seed)")
            // Rank 2 is not held for it, and the next process of rank 3 has descriptors.
            #expect(story.rejoined == 2 && story.stepsDone == 6)
        }
    }

    @Test func `tokens of a lost expert are handed on, none is sent to it`() throws {
        let calm = try SmallCluster.story([], .abort)
        for seed in 0..<20 as Range<UInt64> {
            let story = try SmallCluster.story(
                ["kind=expert-lost,expert=1,at=step 2"],
                .abort,
                seed: seed
            )
            #expect(story.violations == [] && story.stepsDone == 6 && story.applied == 1)
            #expect(story.movedTokens > 0 && story.lostExperts == 1)
        }
        #expect(
            try SmallCluster.story(["kind=expert-lost,expert=1,at=step 2"], .abort).state
                != calm.state
        )
    }

    @Test func `a hot expert pulls tokens while it is hot`() throws {
        let hot = "kind=hot-expert,expert=1,share=1/2,at=step 2"
        let one = try SmallCluster.story([hot + ",for=1 step"], .abort)
        let three = try SmallCluster.story([hot + ",for=3 steps"], .abort)
        #expect(one.violations == [] && one.applied == 1 && one.movedTokens > 0)
        #expect(three.movedTokens > one.movedTokens && three.lostExperts == 0)
    }

    @Test func `an expert stays lost for who is started again, and for who resumes the run`() throws
    {
        let lost = "kind=expert-lost,expert=1,at=step 2"
        let alone = try SmallCluster.story([lost], .abort)
        let both = try SmallCluster.story(
            [lost, "kind=kill,npu=2,at=step 3", "kind=coordinator-kill,at=step 4"],
            RecoveryPolicy(ladder: [.restart], restartMax: 1)
        )
        #expect(both.violations == [] && both.measures == [.restart, .resume])
        #expect(both.state == alone.state)
    }
}
