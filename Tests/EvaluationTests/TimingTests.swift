import ClusterModel
import Exchange
import Report
import Testing

@testable import Evaluation

extension Phases {
    fileprivate var sum: Double { gate + dispatch + expert + combine + wait }
}

/// Ends of gate, dispatch, expert and combine in µs, a row for each rank.
private func timing(_ ends: [[Int64]], _ rows: [[Int]]) -> StepTiming {
    let kinds: [StageKind] = [.gate, .dispatch, .expert, .combine]
    let stages = kinds.enumerated().map { index, kind in
        RankProgram.Stage(StageRole(kind), after: index > 0 ? [index - 1] : [], .wait(.zero))
    }
    return StepTiming(
        ends: ends.map { $0.map { Instant(picoseconds: $0 * 1_000_000) } },
        stages: StageGraph(RankProgram(stages)),
        dispatch: TrafficMatrix(rows: rows)
    )
}

@Suite struct `Phases of the slowest rank` {
    @Test func `split its way back into waiting and travelling`() {
        // Rank 0 has tokens on rank 1, whose expert ends 30 µs after its own.
        let timing = timing([[1, 11, 20, 60], [1, 10, 50, 50]], [[0, 5], [0, 0]])
        #expect(timing.slowestRank == 0)
        #expect(timing.step.microseconds == 60)
        #expect(
            timing.phases == Phases(gate: 1, dispatch: 10, expert: 9, combine: 10, wait: 30)
        )
    }

    @Test func `wait for nobody whose expert they did not use`() {
        let timing = timing([[1, 11, 20, 60], [1, 10, 50, 50]], [[0, 0], [5, 0]])
        #expect(timing.phases.wait == 0)
        #expect(timing.phases.combine == 40)
    }

    @Test func `never wait longer than their way back`() {
        // A late expert of a measured run, after the combine that it belongs to.
        let timing = timing([[1, 11, 20, 60], [1, 10, 70, 55]], [[0, 5], [0, 0]])
        #expect(timing.phases.wait == 40)
        #expect(timing.phases.combine == 0)
    }

    @Test func `are those of the lowest of several`() {
        #expect(timing([[1, 2, 3, 4], [1, 2, 3, 4]], [[0, 1], [1, 0]]).slowestRank == 0)
    }

    @Test func `leave the exchanges by the last of all ranks`() {
        let timing = timing([[1, 11, 20, 60], [2, 10, 50, 50]], [[0, 5], [0, 0]])
        #expect(timing.dispatchExchange.microseconds == 9)
        #expect(timing.alltoall.microseconds == 9 + 10)
    }

    @Test(arguments: UInt64(0)..<50)
    func `add up to the step's time`(seed: UInt64) throws {
        let step = try StepEvaluation([outcome(seed: seed)], plan: plan(), router: "switch")
        let phases = step.record.phasesUs
        #expect(abs(phases.sum - step.record.stepTimeUs) < 1e-6)
        #expect(min(phases.gate, phases.dispatch, phases.expert) >= 0)
        #expect(min(phases.combine, phases.wait) >= 0)
        #expect(step.record.ranks.map(\.combineEnd).max() == step.record.stepTimeUs)
    }

    @Test(arguments: UInt64(0)..<20)
    func `measured as simulated are without error`(seed: UInt64) throws {
        let record = try StepEvaluation([outcome(seed: seed)], plan: plan(), router: "switch")
            .record
        #expect(record.stepTimeUs == record.simulatedUs)
        #expect(record.alltoallUs == record.simulatedAlltoallUs)
        #expect(record.routed + record.dropped == record.offered)
    }
}
