import ClusterModel
import Faults
import Membership
import Testing

@testable import Simulation

/// What a simulated run keeps beyond its coordinator, and who goes on from there.
@Suite struct `A simulated cluster that is resumed` {
    private static let ladder = RecoveryPolicy(
        ladder: [.retry, .restart, .exclude],
        retryMax: 2,
        restartMax: 2,
        excludeMax: 1
    )

    private func story(
        _ faults: [String],
        _ recovery: RecoveryPolicy = ladder,
        seed: UInt64 = 5,
        bug: PlantedBug? = nil
    ) throws -> ClusterStory {
        try SmallCluster.story(faults, recovery, seed: seed, bug: bug)
    }

    @Test(arguments: ["step 0", "step 2", "step 2 dispatch", "step 3 combine", "step 5 expert"])
    func `a killed coordinator's run goes on and ends as if nothing had been`(moment: String) throws
    {
        for seed in 0..<20 as Range<UInt64> {
            let calm = try story([], seed: seed)
            let killed = try story(["kind=coordinator-kill,at=\(moment)"], seed: seed)
            #expect(killed.violations == [] && killed.stepsDone == 6, "seed \(seed)")
            #expect(killed.measures == [.resume] && killed.applied == 1)
            #expect(killed.state == calm.state && killed.state != 0)
            #expect(killed.endedAt > calm.endedAt)
        }
    }

    @Test func `each of several kills is met once, and so is what was before them`() throws {
        let faults = [
            "kind=kill,npu=1,at=step 1", "kind=coordinator-kill,at=step 1 combine",
            "kind=coordinator-kill,at=step 3", "kind=kill,npu=2,at=step 3 dispatch",
        ]
        for seed in 0..<20 as Range<UInt64> {
            let story = try story(
                faults,
                RecoveryPolicy(ladder: [.restart], restartMax: 2),
                seed: seed
            )
            #expect(story.violations == [] && story.stepsDone == 6, "seed \(seed)")
            #expect(story.measures.count { $0 == .resume } == 2 && story.applied == 4)
        }
    }

    @Test func `who goes on has used of its ladder what was used before`() throws {
        let faults = [
            "kind=kill,npu=1,at=step 1", "kind=coordinator-kill,at=step 3",
            "kind=kill,npu=2,at=step 4",
        ]
        let once = try story(faults, RecoveryPolicy(ladder: [.restart], restartMax: 1))
        #expect(once.measures == [.restart, .resume, .abort] && once.violations == [])
        #expect(once.failure != nil && once.stepsDone == 4)
        let twice = try story(faults, RecoveryPolicy(ladder: [.restart], restartMax: 2))
        #expect(twice.measures == [.restart, .resume, .restart] && twice.stepsDone == 6)
    }

    @Test func `who was left out stays away until it is due, whoever coordinates`() throws {
        let faults = ["kind=kill,npu=3,at=step 1", "kind=coordinator-kill,at=step 3"]
        let never = try story(faults, RecoveryPolicy(ladder: [.exclude]))
        #expect(never.violations == [] && never.measures == [.exclude, .resume])
        #expect(never.rejoined == 0 && never.stepsDone == 6)
        let calm = try story([faults[0]], RecoveryPolicy(ladder: [.exclude]))
        #expect(never.state == calm.state)
        let later = try story(faults, RecoveryPolicy(ladder: [.exclude], rejoinAfter: 3))
        #expect(later.violations == [] && later.rejoined == 1 && later.stepsDone == 6)
    }

    @Test(arguments: ["pause", "slow-start,delay=30 ms", "never-starts"])
    func `nobody outlives the coordinator, in whatever state`(kind: String) throws {
        let at = kind == "pause" ? ",at=step 2" : ""
        let faults = ["kind=\(kind),npu=1\(at)", "kind=coordinator-kill,at=step 2 dispatch"]
        let story = try story(faults)
        #expect(story.violations == [])
    }

    @Test(arguments: ["folder-full", "folder-read-only"])
    func `a folder that refuses gets all of it later`(kind: String) throws {
        let calm = try story([])
        for span in ["for=1 step", "for=3 steps"] {
            let full = try story(["kind=\(kind),at=step 1,\(span)"])
            #expect(full.violations == [] && full.stepsDone == 6 && full.measures == [])
            #expect(full.refusedWrites == (span == "for=1 step" ? 1 : 3) && full.applied == 1)
            #expect(full.state == calm.state)
        }
        // To the end of the run: it is written when nobody is left to hurt.
        #expect(try story(["kind=\(kind),at=step 1"]).state == calm.state)
    }

    @Test func `what a folder refused goes with its coordinator, and is played again`() throws {
        let faults = ["kind=folder-full,at=step 1,for=3 steps", "kind=coordinator-kill,at=step 3"]
        let story = try story(faults)
        #expect(story.violations == [] && story.stepsDone == 6 && story.applied == 2)
        #expect(story.state == (try self.story([]).state))
    }

    @Test(arguments: [
        (PlantedBug.deafOrphan, ["kind=coordinator-kill,at=step 2"]),
        (.forgottenStrikes, ["kind=coordinator-kill,at=step 2"]),
        (.forgottenStep, ["kind=folder-full,at=step 2,for=1 step"]),
        (.untoldExperts, ["kind=expert-lost,expert=1,at=step 2"]),
        (.untoldExperts, ["kind=hot-expert,expert=1,share=1/2,at=step 2,for=1 step"]),
    ])
    func `a broken rule shows`(bug: PlantedBug, faults: [String]) throws {
        #expect(try !story(faults, bug: bug).violations.isEmpty)
        #expect(try story(faults).violations == [])
    }
}
