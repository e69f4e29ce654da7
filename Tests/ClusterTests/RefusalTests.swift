import ClusterModel
import Membership
import Testing

/// Workers that join and cannot do what their plan asks.
@Suite(.serialized, .timeLimit(.minutes(20))) struct `A refused plan` {
    private let ladder = RecoveryPolicy(ladder: [.retry, .restart], retryMax: 3, restartMax: 3)

    @Test func `ends the launch with the worker's own words, at the first`() throws {
        let record = try HurtCluster(ladder).play(steps: 1, tokensGo: .beforeLaunch)
        let failure = try #require(record.failure)
        guard case .planRefused = failure else {
            Issue.record("\(failure)")
            return
        }
        #expect(failure.description.contains(".npy"))
        #expect(record.incidents.map(\.measure) == [.abort])
        #expect(record.remains.processes == 0)
    }

    @Test func `of a worker that was started again is the end, not another start`() throws {
        let record = try HurtCluster(ladder).play(
            steps: 3,
            blows: [.init(signal: 9, rank: 3, step: 1)],
            tokensGo: .inStep(1)
        )
        let failure = try #require(record.failure)
        guard case .planRefused(let rank, let reason) = failure else {
            Issue.record("\(failure)")
            return
        }
        #expect(rank == Rank(3))
        #expect(reason.contains(".npy"))
        #expect(record.outcomes.count == 1)
        #expect(record.incidents.map(\.measure) == [.restart, .abort])
        #expect(record.remains.processes == 0)
    }

    @Test func `is done without, where the policy says so`() throws {
        let ladder = RecoveryPolicy(ladder: [.restart, .exclude], restartMax: 3, excludeMax: 1)
        let record = try HurtCluster(ladder).play(
            steps: 2,
            blows: [.init(signal: 9, rank: 3, step: 1)],
            tokensGo: .inStep(1)
        )
        #expect(record.failure == nil)
        #expect(record.incidents.map(\.measure) == [.restart, .exclude])
        #expect(record.outcomes.map(\.excluded) == [[], [Rank(3)]])
    }
}
