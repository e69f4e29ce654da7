import ClusterModel
import Faults
import Membership
import Testing

@testable import Simulation

/// Clusters in virtual time, hurt at random.
@Suite struct ChaosTests {
    private static let ground = FaultGround(
        nodes: 4,
        npusPerNode: 2,
        experts: 8,
        steps: 6,
        links: [.hccs, .roce]
    )
    private static let patient = RecoveryPolicy(
        ladder: [.retry, .restart, .exclude],
        retryMax: 6,
        restartMax: 12,
        excludeMax: 1,
        rejoinAfter: 1
    )

    private func chaos(_ recovery: RecoveryPolicy = patient, bug: PlantedBug? = nil) -> Chaos {
        Chaos(ground: Self.ground, recovery: recovery, bug: bug)
    }

    @Test func `without faults every step is done and nothing is decided`() {
        for seed in 0..<20 as Range<UInt64> {
            let story = chaos(.abort).play([], seed: seed)
            #expect(story.violations == [], "seed \(seed)")
            #expect(story.stepsDone == 6 && story.measures == [] && story.failure == nil)
        }
    }

    @Test func `whatever strikes, no rule is broken and every run ends`() {
        let ladders = [
            .abort, Self.patient, RecoveryPolicy(ladder: [.restart], restartMax: 20),
            RecoveryPolicy(ladder: [.retry, .exclude], retryMax: 2, excludeMax: 3),
            RecoveryPolicy(ladder: [.exclude], excludeMax: 20, rejoinAfter: 1),
        ]
        for (index, ladder) in ladders.enumerated() {
            let chaos = chaos(ladder)
            var recovered = 0
            for seed in 0..<150 as Range<UInt64> {
                let specs = chaos.faults(seed: seed)
                let story = chaos.play(specs, seed: seed)
                #expect(
                    story.violations == [],
                    "ladder \(index), seed \(seed): \(specs.map(\.inline))"
                )
                #expect(specs.count >= 3)
                if story.failure == nil, !story.measures.isEmpty { recovered += 1 }
            }
            #expect(index == 0 || recovered > 20, "ladder \(index)")
        }
    }

    @Test func `who was left out comes back after as many steps as it should`() throws {
        let kill = [try FaultSpec(inline: "kind=kill,npu=3,at=step 1")]
        for after in 1...4 {
            let ladder = RecoveryPolicy(ladder: [.exclude], rejoinAfter: after)
            for seed in 0..<20 as Range<UInt64> {
                let story = chaos(ladder).play(kill, seed: seed)
                #expect(story.violations == [] && story.stepsDone == 6, "seed \(seed)")
                #expect(story.measures == [.exclude] && story.rejoined == 1)
            }
        }
        // Step 1 and the four after it are the last.
        let late = chaos(RecoveryPolicy(ladder: [.exclude], rejoinAfter: 5)).play(kill, seed: 1)
        #expect(late.rejoined == 0 && late.stepsDone == 6)
        let never = chaos(RecoveryPolicy(ladder: [.exclude])).play(kill, seed: 1)
        #expect(never.rejoined == 0 && never.stepsDone == 6)
    }

    @Test func `who cannot come back stays away, and the others go on`() throws {
        // The first start crashes as well as the second.
        let crash = [try FaultSpec(inline: "kind=crash-loop,npu=3,times=2")]
        let ladder = RecoveryPolicy(ladder: [.exclude], excludeMax: 1, rejoinAfter: 2)
        for seed in 0..<20 as Range<UInt64> {
            let story = chaos(ladder).play(crash, seed: seed)
            #expect(story.violations == [] && story.stepsDone == 6, "seed \(seed)")
            #expect(story.measures == [.exclude, .exclude] && story.rejoined == 0)
        }
    }

    /// In them a bound passed while everybody waited for everybody.
    @Test(arguments: WaitingSchedule.all)
    func `who only waits for the hurt is not put down`(schedule: WaitingSchedule) throws {
        let specs = try schedule.faults.map { try FaultSpec(inline: $0) }
        let story = chaos().play(specs, seed: schedule.seed)
        #expect(story.violations == [])
        #expect(story.applied > 0 && !story.measures.isEmpty)
    }

    @Test func `the same seed gives the same story`() {
        let chaos = chaos()
        for seed in 0..<20 as Range<UInt64> {
            let specs = chaos.faults(seed: seed)
            #expect(chaos.play(specs, seed: seed) == chaos.play(specs, seed: seed))
        }
    }

    @Test(arguments: PlantedBug.allCases)
    func `a planted bug is found within 1,000 seeds and shrunk to 3 faults or fewer`(
        bug: PlantedBug
    ) throws {
        let chaos = chaos(bug: bug)
        let seed = try #require(
            (0..<1000 as Range<UInt64>).first { seed in
                !chaos.play(chaos.faults(seed: seed), seed: seed).violations.isEmpty
            }
        )
        let shrunk = chaos.shrunk(chaos.faults(seed: seed), seed: seed)
        #expect((1...3).contains(shrunk.specs.count), "\(shrunk.specs.map(\.inline))")
        #expect(!chaos.play(shrunk.specs, seed: seed).violations.isEmpty)
        // It is the bug that was found, and not the player.
        #expect(self.chaos().play(shrunk.specs, seed: seed).violations == [])
    }

    @Test func `all kinds are drawn, and the folder, experts and the coordinator do suffer`() {
        let chaos = chaos()
        var drawn: Set<String> = []
        var (writes, moved, resumes) = (0, 0, 0)
        for seed in 0..<500 as Range<UInt64> {
            let specs = chaos.faults(seed: seed)
            drawn.formUnion(specs.map(\.kind.name))
            guard seed < 100 else { continue }
            let story = chaos.play(specs, seed: seed)
            writes += story.refusedWrites
            moved += story.movedTokens
            resumes += story.measures.count { $0 == .resume }
        }
        #expect(drawn == Set(FaultKind.names))
        #expect(writes > 0 && moved > 0 && resumes > 0)
    }
}
