import ClusterModel
import Faults
import Testing

@testable import Simulation

/// Clusters in virtual time in which workers die at any moment.
@Suite struct `Workers that die` {
    private static let steps = 5

    private func play(_ recovery: RecoveryPolicy, deaths: Int, seed: UInt64) -> ClusterStory {
        let chaos = Chaos(
            ground: SmallCluster.ground(steps: Self.steps),
            recovery: recovery,
            faults: deaths...deaths,
            kinds: ["kill"]
        )
        return chaos.play(chaos.faults(seed: seed), seed: seed)
    }

    @Test func `are started again whenever it is, and every step is done`() {
        let policy = RecoveryPolicy(ladder: [.restart], restartMax: 10)
        var restarts = 0
        for seed in 0..<300 as Range<UInt64> {
            let story = play(policy, deaths: 4, seed: seed)
            #expect(story.violations == [], "seed \(seed)")
            #expect(story.failure == nil, "seed \(seed)")
            #expect(story.stepsDone == Self.steps, "seed \(seed)")
            restarts += story.measures.count
        }
        #expect(restarts > 900)
    }

    @Test func `once too often are done without, and the others end every step`() {
        let policy = RecoveryPolicy(ladder: [.restart, .exclude], restartMax: 1, excludeMax: 3)
        var exclusions = 0
        for seed in 0..<300 as Range<UInt64> {
            let story = play(policy, deaths: 4, seed: seed)
            #expect(story.violations == [], "seed \(seed)")
            #expect(story.failure == nil, "seed \(seed)")
            #expect(story.stepsDone == Self.steps, "seed \(seed)")
            exclusions += story.measures.filter { $0 == .exclude }.count
        }
        #expect(exclusions > 300)
    }

    @Test func `when the ladder is used up end the run, and the failure names who died`() {
        let policy = RecoveryPolicy(ladder: [.restart], restartMax: 0)
        for seed in 0..<50 as Range<UInt64> {
            let story = play(policy, deaths: 1, seed: seed)
            #expect(story.violations == [], "seed \(seed)")
            #expect(story.applied == 1 && story.failure?.rootCause != nil, "seed \(seed)")
            #expect(story.measures == [.abort], "seed \(seed)")
        }
    }
}
