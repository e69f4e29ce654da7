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
        warmup: 0,
        links: [.hccs, .roce]
    )
    private static let policy = RecoveryPolicy(ladder: [.retry, .restart, .exclude])
    private static let ladder = RecoveryLadder(
        [
            LadderRung(.retry, limit: 6), LadderRung(.restart, limit: 12),
            LadderRung(.exclude, limit: 1),
        ],
        heartbeat: 200_000_000
    )

    private func chaos(_ ladder: RecoveryLadder = ladder, bug: PlantedBug? = nil) -> Chaos {
        Chaos(ground: Self.ground, policy: Self.policy, ladder: ladder, bug: bug)
    }

    @Test func `without faults every step is done and nothing is decided`() {
        for seed in 0..<20 as Range<UInt64> {
            let story = chaos(.none).play([], seed: seed)
            #expect(story.violations == [], "seed \(seed)")
            #expect(story.stepsDone == 6 && story.measures == [] && story.failure == nil)
        }
    }

    @Test func `whatever strikes, no rule is broken and every run ends`() {
        let ladders = [
            .none, Self.ladder, RecoveryLadder([LadderRung(.restart, limit: 20)]),
            RecoveryLadder([LadderRung(.retry, limit: 2), LadderRung(.exclude, limit: 3)]),
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

    /// Seeds in which a bound passed while everybody waited for everybody.
    @Test(
        arguments: [
            714, 1193, 1434, 1515, 1636, 2131, 2407, 3870, 5589, 8306, 9011, 9150,
        ] as [UInt64]
    )
    func `who only waits for the hurt is not put down`(seed: UInt64) {
        let ladder = RecoveryLadder(Self.ladder.rungs)
        let chaos = chaos(ladder)
        let story = chaos.play(chaos.faults(seed: seed), seed: seed)
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

    @Test func `every kind is either played or said to be left out`() {
        let all = ClusterSimulation.playedKinds + ClusterSimulation.unplayedKinds
        #expect(Set(all) == Set(FaultKind.names) && all.count == FaultKind.names.count)
        let drawn = (0..<500 as Range<UInt64>).flatMap { chaos().faults(seed: $0) }
        #expect(Set(drawn.map(\.kind.name)) == Set(ClusterSimulation.playedKinds))
    }
}
