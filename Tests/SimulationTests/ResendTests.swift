import ClusterModel
import Exchange
import Faults
import Links
import Testing

@testable import Simulation

/// Chunks that come damaged in virtual time.
@Suite struct DamagedChunkTests {
    /// Two nodes of two NPUs, a layer's exchange, a share of the chunks from 0 to 2 damaged.
    private func play(_ ratio: Ratio, resends: ResendLimits?) throws -> StepTimes {
        let ports = try ports(nodes: 2, npus: 2)
        let matrix = TrafficMatrix(
            rows: Array(repeating: Array(repeating: 1 << 20, count: 4), count: 4)
        )
        var programs = LayerProgram.bare(matrix, .direct, over: ports)
        programs[0].impairments = [
            LinkImpairment(
                strike: 0,
                peer: Rank(2),
                stages: 0..<8,
                effect: .touch(.corrupt, ratio),
                seed: 11
            )
        ]
        var simulation = StepSimulation(
            programs: programs,
            ports: ports,
            chunk: ByteCount(65_536),
            resends: resends
        )
        return try simulation.run()
    }

    private let quarter = Ratio(1, 4) ?? .one

    @Test func `are sent again, which costs time and is counted apart`() throws {
        let limits = ResendLimits(chunk: 8, step: 1_000)
        let times = try play(quarter, resends: limits)
        let mark = try #require(times.ways[0].marks.first)
        let record = try #require(times.ways[2].records.first { $0.peer == Rank(0) })
        #expect(mark.chunks == record.damaged && record.damaged > 0)
        #expect(record.resentBytes == record.damaged * 65_536)
        let whole = try play(quarter, resends: nil)
        #expect(times.finish > whole.finish)
        let again = try play(quarter, resends: limits)
        #expect(again.finish == times.finish)
    }

    @Test func `are given up where they may not be asked for any more`() throws {
        #expect(throws: Stall(rank: Rank(2), stage: 0, missing: 65_536, areDamaged: true)) {
            try play(.one, resends: ResendLimits(chunk: 3, step: 64))
        }
    }

    // MARK: A whole cluster

    private func story(_ fault: String, _ ladder: [RecoveryMeasure], seed: UInt64) throws
        -> ClusterStory
    {
        let ground = FaultGround(
            nodes: 2,
            npusPerNode: 2,
            experts: 4,
            steps: 6,
            links: [.hccs, .roce]
        )
        let chaos = Chaos(ground: ground, recovery: RecoveryPolicy(ladder: ladder))
        return chaos.play([try FaultSpec(inline: fault)], seed: seed)
    }

    @Test(arguments: UInt64(0)..<20)
    func `are mended within their step, and break it where that is not in the ladder`(
        seed: UInt64
    ) throws {
        let fault = "kind=corrupt,from=0,to=2,ratio=1/4,at=step 1,for=2 steps"
        let mended = try story(fault, [.retry, .restart], seed: seed)
        #expect(mended.violations == [] && mended.stepsDone == 6)
        if mended.measures.isEmpty { #expect(mended.failure == nil) }
        let broken = try story(fault, [.restart], seed: seed)
        #expect(broken.violations == [] && broken.resends == 0)
    }

    @Test func `need no other measure while they are few`() throws {
        let fault = "kind=corrupt,from=0,to=2,ratio=1/4,at=step 1,for=2 steps"
        let stories = try (0..<20 as Range<UInt64>).map {
            try story(fault, [.retry], seed: $0)
        }
        #expect(stories.contains { $0.resends > 0 && $0.measures.isEmpty })
        // A chunk that comes wrong each time ends with its step being done again.
        let always = try story(
            "kind=corrupt,from=0,to=2,at=step 1,for=1 step",
            [.retry, .restart],
            seed: 1
        )
        #expect(always.resends >= 3 && always.measures.contains(.retry))
    }

    @Test(arguments: UInt64(0)..<20)
    func `that never come are asked for, and hold up the step where that is not in the ladder`(
        seed: UInt64
    ) throws {
        let fault = "kind=drop,from=0,to=2,ratio=1/4,at=step 1,for=2 steps"
        let mended = try story(fault, [.retry, .restart], seed: seed)
        #expect(mended.violations == [] && mended.stepsDone == 6)
        let broken = try story(fault, [.restart], seed: seed)
        #expect(broken.violations == [] && broken.resends == 0)
    }

    @Test func `that never come need no other measure while they are few`() throws {
        let fault = "kind=drop,from=0,to=2,ratio=1/4,at=step 1,for=2 steps"
        let stories = try (0..<20 as Range<UInt64>).map { try story(fault, [.retry], seed: $0) }
        #expect(stories.contains { $0.resends > 0 && $0.measures.isEmpty })
        let always = try story(
            "kind=drop,from=0,to=2,at=step 1,for=1 step",
            [.retry, .restart],
            seed: 1
        )
        #expect(always.resends >= 3 && always.measures.contains(.retry))
        #expect(always.violations == [])
    }

    @Test func `are of no use where the stream is out of step`() throws {
        let story = try story(
            "kind=truncate,from=0,to=2,ratio=1/2,at=step 1,for=1 step",
            [.retry, .restart],
            seed: 1
        )
        #expect(story.resends == 0 && story.measures.contains(.retry))
        #expect(story.violations == [])
    }
}
