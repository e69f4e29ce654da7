import ClusterModel
import Evaluation
import Membership
import Report
import Testing

@Suite struct `The ladder of a run that is gone on with` {
    private func incident(_ measure: RecoveryMeasure, _ charge: Int?, leftOut: [Int]? = nil)
        -> IncidentRecord
    {
        var record = IncidentRecord(
            what: "worker 3 was killed",
            measure: measure.rawValue,
            rank: 3,
            discoverer: "coordinator",
            phase: "running",
            detectedMs: 1,
            decidedMs: 1,
            rejoinedMs: nil,
            recoveredMs: nil,
            redoneMs: nil,
            backMs: nil,
            throughput: IncidentThroughput(before: nil, during: nil, after: nil)
        )
        (record.charge, record.leftOut) = (charge, leftOut)
        return record
    }

    @Test func `has used what its incidents took of the limits`() {
        let ladder = EarlierLadder(
            [
                incident(.retry, 1), incident(.restart, 3), incident(.retry, 1),
                // Of an older version; and one that could not come back.
                incident(.restart, nil), incident(.exclude, 0, leftOut: [5]),
            ],
            steps: []
        )
        #expect(ladder.used == [.retry: 2, .restart: 4, .exclude: 0])
    }

    @Test func `goes on counting the steps without a rank`() {
        let policy = RecoveryPolicy(ladder: [.exclude], excludeMax: 3, rejoinAfter: 2)
        let away: [(step: Int, without: Set<Rank>)] = [(3, [Rank(3), Rank(5)])]
        func due(_ incidents: [IncidentRecord]) -> Set<Rank> {
            var book = EarlierLadder(incidents, steps: away).rejoins(policy)
            book.ended(step: 4)
            return book.due(before: 5)
        }
        let left = incident(.exclude, 2, leftOut: [3, 5])
        #expect(due([left]) == [Rank(3), Rank(5)])
        // One has tried to come back in vain.
        let failed = incident(.exclude, 0, leftOut: [5])
        #expect(due([left, failed]) == [Rank(3)])
        #expect(due([left, failed, left]) == [Rank(3), Rank(5)])
    }
}
