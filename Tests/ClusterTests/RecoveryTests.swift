import ClusterModel
import Exchange
import Foundation
import Glibc
import Membership
import Testing

/// Workers that die or hang in the middle of a step, and a run that goes on.
@Suite(.serialized, .timeLimit(.minutes(20))) struct RecoveryTests {
    private static let steps = 6
    private static let restart = RecoveryPolicy(ladder: [.restart], restartMax: 3)

    /// What must not depend on what happened on the way.
    private func lasting(_ record: HurtCluster.Record) -> [[[Int]]] {
        record.outcomes.map { outcome in
            [outcome.digests.map(Int.init)] + outcome.inputs.map { $0.send + $0.kept }
        }
    }

    private func expectSame(_ record: HurtCluster.Record, _ calm: HurtCluster.Record) {
        #expect(calm.failure == nil)
        #expect(record.failure == nil)
        let isSame = lasting(record) == lasting(calm)
        #expect(isSame)
        #expect(record.outcomes.count == Self.steps)
    }

    private func expectClean(_ record: HurtCluster.Record) {
        #expect(record.remains.processes == 0)
        #expect(record.remains.sockets == 0)
        #expect(WorkerProcesses.alive(among: record.processes).isEmpty)
        #expect(record.outcomes.allSatisfy { $0.verification.mismatches == 0 })
    }

    private func show(_ record: HurtCluster.Record) {
        for (incident, blow) in zip(record.incidents, record.blows) {
            let ms = { (at: Int64?) in at.map { Double(($0 - blow) / 1000) / 1000 } ?? -1 }
            print(
                "FIGURE",
                incident.failure,
                "detected",
                ms(incident.detectedAt),
                "rejoined",
                ms(incident.rejoinedAt),
                "recovered",
                ms(incident.recoveredAt),
                "redone",
                ms(incident.redoneAt)
            )
        }
        print("FIGURE walls", record.outcomes.map { $0.wallNanoseconds / 1_000_000 })
    }

    @Test(arguments: [0, 2, 8, 20, 45])
    func `a killed worker is started again, and nothing of the result differs`(
        afterMilliseconds: Int
    ) throws {
        let calm = try HurtCluster(Self.restart).play(steps: Self.steps)
        #expect(calm.incidents.isEmpty)
        let record = try HurtCluster(Self.restart).play(
            steps: Self.steps,
            blows: [
                .init(signal: SIGKILL, rank: 3, step: 2, afterMilliseconds: afterMilliseconds)
            ]
        )
        show(record)
        expectSame(record, calm)
        #expect(record.incidents.map(\.measure) == [.restart])
        #expect(record.incidents.first?.rootCause == Rank(3))
        #expect(record.incidents.first?.redoneAt != nil)
        expectClean(calm)
        expectClean(record)
    }

    @Test func `a stopped worker is noticed by its silence, killed and started again`() throws {
        let calm = try HurtCluster(Self.restart).play(steps: Self.steps)
        let record = try HurtCluster(Self.restart).play(
            steps: Self.steps,
            blows: [.init(signal: SIGSTOP, rank: 6, step: 1)]
        )
        show(record)
        expectSame(record, calm)
        #expect(record.incidents.map(\.measure) == [.restart])
        #expect(record.incidents.first?.rootCause == Rank(6))
        expectClean(record)
    }

    @Test func `two killed in one step are both started again`() throws {
        let calm = try HurtCluster(Self.restart).play(steps: Self.steps)
        let record = try HurtCluster(Self.restart).play(
            steps: Self.steps,
            blows: [
                .init(signal: SIGKILL, rank: 0, step: 2), .init(signal: SIGKILL, rank: 7, step: 2),
                .init(signal: SIGKILL, rank: 7, step: 4, afterMilliseconds: 5),
            ]
        )
        show(record)
        expectSame(record, calm)
        #expect(record.incidents.count == 3)
        expectClean(record)
    }

    @Test func `the ladder's limit ends the run, and what was measured stays`() throws {
        let ladder = RecoveryPolicy(ladder: [.restart], restartMax: 1)
        let record = try HurtCluster(ladder).play(
            steps: Self.steps,
            blows: [
                .init(signal: SIGKILL, rank: 2, step: 1), .init(signal: SIGKILL, rank: 2, step: 3),
            ]
        )
        guard case .workerEnded(Rank(2), _, _) = record.failure else {
            Issue.record("\(String(describing: record.failure))")
            return
        }
        #expect(record.outcomes.count == 3)
        #expect(record.incidents.map(\.measure) == [.restart, .abort])
        expectClean(record)
    }
}

extension RecoveryTests {
    @Test(arguments: [SIGKILL, SIGSTOP])
    func `without a worker the others go on, its experts moved`(signal: Int32) throws {
        let ladder = RecoveryPolicy(ladder: [.exclude], excludeMax: 1)
        let record = try HurtCluster(ladder).play(
            steps: 6,
            blows: [.init(signal: signal, rank: 7, step: 2, afterMilliseconds: 20)]
        )
        show(record)
        #expect(record.failure == nil)
        #expect(record.incidents.map(\.measure) == [.exclude])
        #expect(
            record.outcomes.map(\.excluded) == [[], []] + Array(repeating: [Rank(7)], count: 4)
        )
        for outcome in record.outcomes.dropFirst(2) {
            #expect(outcome.inputs[7].offered == 0)
            #expect(outcome.inputs.allSatisfy { $0.send[7] == 0 })
            // Experts 14 and 15 lived there; whoever is asked for them still gets an answer.
            let moved = outcome.inputs.reduce(0) { $0 + $1.kept[14] + $1.kept[15] }
            #expect(moved > 0)
        }
        let kept = record.outcomes.map { $0.inputs.reduce(0) { $0 + $1.offered - $1.dropped } }
        #expect(record.outcomes.map(\.verification.tokens) == kept)
        expectClean(record)
    }

    @Test func `who was left out comes back, and all is as if it had never been away`() throws {
        let calm = try HurtCluster(Self.restart).play(steps: 7)
        let ladder = RecoveryPolicy(ladder: [.exclude], rejoinAfter: 2)
        let record = try HurtCluster(ladder).play(
            steps: 7,
            blows: [.init(signal: SIGKILL, rank: 7, step: 1, afterMilliseconds: 20)]
        )
        show(record)
        #expect(record.failure == nil && record.outcomes.count == 7)
        let away = [Rank(7)]
        #expect(record.outcomes.map(\.excluded) == [[], away, away, [], [], [], []])
        let same = lasting(record).dropFirst(3) == lasting(calm).dropFirst(3)
        #expect(same)
        let incident = try #require(record.incidents.first)
        #expect(record.incidents.count == 1 && incident.measure == .exclude)
        #expect(incident.leftOut == [Rank(7)] && !incident.rejoinFailed)
        let began = try #require(incident.rejoinBeganAt)
        let back = try #require(incident.rejoinedAt)
        #expect(began < back && began > incident.redoneAt ?? .max)
        expectClean(record)
    }

    @Test func `a ladder goes from restart to exclude`() throws {
        let ladder = RecoveryPolicy(ladder: [.restart, .exclude], restartMax: 1, excludeMax: 1)
        let record = try HurtCluster(ladder).play(
            steps: 6,
            blows: [
                .init(signal: SIGKILL, rank: 0, step: 1), .init(signal: SIGKILL, rank: 0, step: 2),
            ]
        )
        show(record)
        #expect(record.failure == nil)
        #expect(record.incidents.map(\.measure) == [.restart, .exclude])
        #expect(record.outcomes.last?.excluded == [Rank(0)])
        expectClean(record)
    }
}

extension RecoveryTests {
    @Test(arguments: [("restart", 4), ("exclude", 3)])
    func `a run's recovery policy lets it end, and its results say what happened`(
        policy: String,
        left: Int
    ) throws {
        let run = try ProgramRun(
            "run",
            ProgramRun.small + ["--steps", "40", "--set", "recovery.policy=\(policy)"]
        )
        try #require(run.waitForSteps(2), "\(run.standardError)")
        let workers = WorkerProcesses.of(run)
        kill(try #require(workers[3]), SIGKILL)
        #expect(run.end() == 0, "\(run.standardError)")
        let survival = run.results["survival"] as? [String: Any] ?? [:]
        #expect(survival["verdict"] as? String == "U")
        let incidents = survival["incidents"] as? [[String: Any]] ?? []
        #expect(incidents.map { $0["measure"] as? String } == [policy])
        #expect(incidents.first?["rank"] as? Int == 3)
        #expect(incidents.first?["redone_ms"] is Double)
        #expect(survival["tokens_delivered"] as? Int ?? 0 > 0)
        #expect((survival["tokens_dropped_by_policy"] as? Int ?? 0 > 0) == (left == 3))
        #expect(run.standardOutput.contains("survival"))
        let leaks = run.results["leaks"] as? [String: Int] ?? [:]
        #expect(leaks == ["processes": 0, "sockets": 0, "shared_memory": 0])
    }
}
