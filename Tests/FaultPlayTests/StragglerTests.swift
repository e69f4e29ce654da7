import ClusterModel
import Exchange
import FaultPlay
import Testing

private func micro(_ microseconds: Int64) -> Interval {
    Interval(picoseconds: microseconds * 1_000_000)
}

/// A step of ranks that announced and took so many microseconds of computing.
private func step(_ ranks: [(announced: Int64, taken: Int64)]) -> StepOutcome {
    let gate = micro(10)
    var outcome = StepOutcome(
        step: 0,
        router: 0,
        isWarmup: false,
        inputs: ranks.map {
            RankInput(
                send: [],
                kept: [],
                offered: 0,
                dropped: 0,
                capacity: 0,
                gate: gate,
                expert: micro($0.announced),
                bufferBytes: 0
            )
        },
        algorithm: AlgorithmChoice(.direct, reason: ""),
        stageEnds: ranks.map { [.zero + gate, .zero + gate + micro($0.taken)] }
    )
    outcome.programs = ranks.map {
        RankProgram([
            RankProgram.Stage(StageRole(.gate), after: [], .wait(gate)),
            RankProgram.Stage(StageRole(.expert), after: [0], .wait(micro($0.announced))),
        ])
    }
    return outcome
}

@Suite struct `A straggler` {
    @Test func `is slower than its peers for what it has to compute`() {
        let slow = step([(100, 100), (50, 50), (40, 120), (200, 200)])
        #expect(StragglerWatch.stragglers(in: [slow]) == [Rank(2)])
    }

    @Test func `is nobody who has more to compute, and nobody who computes nothing`() {
        #expect(
            StragglerWatch.stragglers(in: [step([(100, 100), (900, 900), (0, 0), (1, 1)])]) == []
        )
    }

    @Test func `is nobody where all are as slow`() {
        #expect(StragglerWatch.stragglers(in: [step([(1, 3), (2, 6), (3, 9), (4, 12)])]) == [])
    }

    @Test func `is a node of two, by those of the other`() {
        let slow = step([(5, 5), (7, 7), (5, 15), (7, 21)])
        #expect(StragglerWatch.stragglers(in: [slow]) == [Rank(2), Rank(3)])
    }

    @Test func `is found over all segments of a step`() {
        let (even, late) = (step([(9, 9), (9, 9), (9, 9)]), step([(3, 3), (3, 20), (3, 3)]))
        #expect(StragglerWatch.stragglers(in: [even, late]) == [Rank(1)])
    }
}
