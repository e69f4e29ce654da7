import ClusterModel
import Exchange
import Report
import Testing

@testable import Evaluation

private func at(_ microseconds: Int64) -> Instant {
    Instant(picoseconds: microseconds * 1_000_000)
}

private func stage(
    _ kind: StageKind,
    part: Int = 0,
    round: Int = 0,
    isLastRound: Bool = true,
    after: [Int]
) -> RankProgram.Stage {
    let role = StageRole(kind, part: part, round: round, isLastRound: isLastRound)
    return RankProgram.Stage(role, after: after, .wait(.zero))
}

/// A step of two parts on two ranks.
///
/// In µs:
///
///     rank 0  gate 0-10, dispatch 10-30 and 10-50, expert 30-60 and 60-80,
///             combine 60-75 and 80-100
///     rank 1  gate 0-20, dispatch 20-40 and 20-40, expert 40-50 and 50-70,
///             combine 50-90 and 70-120
private enum Pipelined {
    static let stages = StageGraph(
        RankProgram([
            stage(.gate, after: []),
            stage(.dispatch, part: 0, after: [0]),
            stage(.dispatch, part: 1, after: [0]),
            stage(.expert, part: 0, after: [1]),
            stage(.expert, part: 1, after: [2, 3]),
            stage(.combine, part: 0, after: [3]),
            stage(.combine, part: 1, after: [4]),
        ])
    )

    static let first = [10, 30, 50, 60, 80, 75, 100].map(at)
    static let second = [20, 40, 40, 50, 70, 90, 120].map(at)

    /// Rank 1 has tokens on rank 0.
    static let timing = timing([first, second])

    static var timeline: StepTimeline {
        var timeline = StepTimeline(world: 2)
        timeline.append(.routed, stages, ends: [first, second])
        return timeline
    }

    static func timing(_ ends: [[Instant]]) -> StepTiming {
        let rows = ends.indices.map { _ in ends.indices.map { _ in 5 } }
        return StepTiming(ends: ends, stages: stages, dispatch: TrafficMatrix(rows: rows))
    }
}

@Suite struct `Stages of a pipelined step` {
    private let stages = Pipelined.stages

    @Test func `begin when the last that they come after has ended`() {
        let starts = (0..<stages.count).map { stages.start(of: $0, Pipelined.first) }
        #expect(starts == [0, 10, 10, 30, 60, 60, 80].map(at))
    }

    @Test func `are known by kind and part`() {
        #expect(stages.isPipelined)
        #expect(stages.all(.gate) == [0])
        #expect(stages.all(.dispatch) == [1, 2])
        #expect(stages.all(.combine) == [5, 6])
    }

    @Test func `add up by kind, each from its own beginning`() {
        #expect(stages.length(of: .gate, Pipelined.first).microseconds == 10)
        #expect(stages.length(of: .dispatch, Pipelined.first).microseconds == 20 + 40)
        #expect(stages.length(of: .expert, Pipelined.first).microseconds == 30 + 20)
        #expect(stages.length(of: .combine, Pipelined.first).microseconds == 15 + 20)
    }

    @Test func `have a span and a name each`() {
        let spans = stages.spans(of: Pipelined.second)
        #expect(
            spans.map(\.name) == [
                "gate", "dispatch 0", "dispatch 1", "expert 0", "expert 1", "combine 0",
                "combine 1",
            ]
        )
        #expect(spans.map(\.start) == [0, 20, 20, 40, 50, 50, 70])
        #expect(spans.map(\.end) == [20, 40, 40, 50, 70, 90, 120])
        #expect(spans.map(\.isExchange) == [false, true, true, false, false, true, true])
    }

    @Test func `of several rounds are named by round, without a part where there is one`() {
        let stages = StageGraph(
            RankProgram([
                stage(.gate, after: []),
                stage(.dispatch, round: 0, isLastRound: false, after: [0]),
                stage(.dispatch, round: 1, after: [1]),
                stage(.combine, after: [2]),
            ])
        )
        #expect(!stages.isPipelined)
        let names = stages.spans(of: [1, 2, 3, 4].map(at)).map(\.name)
        #expect(names == ["gate", "dispatch round 0", "dispatch round 1", "combine"])
    }
}

@Suite struct `What a rank does at a time` {
    @Test func `is told apart between all edges`() {
        // Only computing 0-10, 50-60 and 75-80; both 30-50 and 60-75; done at 100.
        let first = Pipelined.stages.activity(of: Pipelined.first, until: at(120))
        #expect(first.computation.microseconds == 10 + 10 + 5)
        #expect(first.communication.microseconds == 20 + 20)
        #expect(first.overlap.microseconds == 20 + 15)
        #expect(first.idle.microseconds == 20)
        // Only computing 0-20 and 40-50; both 50-70.
        let second = Pipelined.stages.activity(of: Pipelined.second, until: at(120))
        #expect(second.computation.microseconds == 20 + 10)
        #expect(second.communication.microseconds == 20 + 50)
        #expect(second.overlap.microseconds == 20)
        #expect(second.idle.microseconds == 0)
    }

    @Test func `counts once what two spans of a kind cover`() {
        let activity = Activity(
            computing: [(at(0), at(10)), (at(5), at(20))],
            exchanging: [(at(15), at(25)), (at(15), at(30))],
            until: at(40)
        )
        #expect(activity.computation.microseconds == 15)
        #expect(activity.overlap.microseconds == 5)
        #expect(activity.communication.microseconds == 10)
        #expect(activity.idle.microseconds == 10)
    }

    @Test func `ends with the step`() {
        let activity = Activity(
            computing: [(at(5), at(30))],
            exchanging: [(at(25), at(50))],
            until: at(20)
        )
        #expect(activity.idle.microseconds == 5)
        #expect(activity.computation.microseconds == 15)
        #expect(activity.communication == .zero)
        #expect(activity.overlap == .zero)
    }

    @Test func `is nothing in a step of no time`() {
        let shares = OverlapShares(mean: [Activity(computing: [], exchanging: [], until: .zero)])
        #expect(
            shares == OverlapShares(computation: 0, communication: 0, overlap: 0, idle: 0)
        )
    }

    @Test(arguments: UInt64(0)..<50)
    func `adds up to the step`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func spans() -> [(Instant, Instant)] {
            (0..<random.next(below: 5)).map { _ in
                let start = Int64(random.next(below: 100))
                return (at(start), at(start + 1 + Int64(random.next(below: 60))))
            }
        }
        let activity = Activity(computing: spans(), exchanging: spans(), until: at(100))
        let parts = [
            activity.computation, activity.communication, activity.overlap, activity.idle,
        ]
        #expect(parts.allSatisfy { $0 >= .zero })
        #expect(parts.reduce(Interval.zero, +).microseconds == 100)
    }
}

@Suite struct `A pipelined step in figures` {
    @Test func `has the mean shares of its ranks`() {
        // Of two times 120 µs: 25 + 30 only computing, 40 + 70 only exchanging, 35 + 20 both,
        // 20 + 0 neither.
        let shares = Pipelined.timing.overlap
        #expect(abs(shares.computation - 55.0 / 240) < 1e-12)
        #expect(abs(shares.communication - 110.0 / 240) < 1e-12)
        #expect(abs(shares.overlap - 55.0 / 240) < 1e-12)
        #expect(abs(shares.idle - 20.0 / 240) < 1e-12)
    }

    @Test func `has exchanges that are what is left beside compute`() {
        let timing = Pipelined.timing
        #expect(timing.step.microseconds == 120)
        #expect(timing.slowestRank == 1)
        #expect(timing.dispatchExchange.microseconds == 50 - 20)
        #expect(timing.alltoall.microseconds == 120 - 20 - 30)
    }

    @Test func `waits for the experts of others before its way back`() {
        // Rank 0 computes until 80, rank 1 until 70 and gets the last at 120.
        #expect(
            Pipelined.timing.phases
                == Phases(gate: 20, dispatch: 20, expert: 30, combine: 40, wait: 10)
        )
    }

    @Test func `waits where its experts stand still between parts`() {
        // Part 0 is computed 30-60, part 1 comes at 75 and is computed until 95.
        let timing = Pipelined.timing([[10, 30, 75, 60, 95, 80, 110].map(at)])
        #expect(
            timing.phases == Phases(gate: 10, dispatch: 20, expert: 50, combine: 15, wait: 15)
        )
        #expect(timing.alltoall.microseconds == 110 - 10 - 50)
    }

    @Test func `tells the stages of each rank`() throws {
        let rank = try #require(Pipelined.timeline.ranks.first)
        #expect(rank.gateEnd == 10)
        #expect(rank.dispatchEnd == 50)
        #expect(rank.expertEnd == 80)
        #expect(rank.combineEnd == 100)
        #expect(rank.stages == Pipelined.stages.spans(of: Pipelined.first))
    }
}
