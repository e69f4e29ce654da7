import Foundation
import Testing

/// A rank is lost where experts have replicas, or in a tensor-parallel group: real workers go on
/// without it, and with it again.
@Suite(.serialized, .timeLimit(.minutes(20))) struct LayoutRecoveryTests {
    private static let options = [
        "routing.routers=[\"switch\", \"locmoe+\"]", "routing.mode=adaptive",
        "routing.expert_choice_from=4", "training.controls=off", "recovery.policy=exclude",
    ]

    private func learn(
        _ options: [String],
        _ faults: [String],
        steps: Int = 2,
        npus: Int = 2
    ) throws -> ProgramRun {
        let corpus = try SmallCorpus()
        let run = try ProgramRun(
            "compare",
            corpus.learning(Self.options + options, steps: steps) + ["--npus", "\(npus)"]
                + faults.flatMap { ["--fault", $0] }
        )
        #expect(run.end() == 0, "\(run.standardError)")
        return run
    }

    /// The run is what one process learns without `ranks`, and ends as one without them.
    private func expectEqual(_ run: ProgramRun, without ranks: [Int], exclusions: Int = 1) {
        #expect(run.areProven.allSatisfy { $0 } && run.isClean)
        #expect(run.verdict == "L4", "\(run.reasons)")
        let measures = run.incidents.map { $0["measure"] as? String }
        #expect(measures.count { $0 == "exclude" } == exclusions, "\(measures)")
        #expect(run.equality == true, "\(run.stateNote ?? "")")
        for rank in ranks {
            #expect(run.stateNote?.contains("rank \(rank) in step") == true, "\(rank)")
        }
        for router in run.routers {
            #expect((router["verified"] as? [String: Int])?["mismatches"] == 0)
        }
    }

    /// In a dispatch, in the sum of dense gradients and in that of the experts', which comes last.
    @Test(arguments: [
        ("step 1 dispatch", ["parallel.dp=2", "model.layers=2"]),
        ("2nd message from 3 to 0", ["parallel.dp=2", "training.all_reduce=ring"]),
        ("4th message from 3 to 1", ["parallel.dp=2"]),
        ("step 2", ["parallel.dp=4", "exchange.pipeline=2"]),
    ])
    func `experts of a lost rank learn on in its replica, and their sums go over who holds them`(
        moment: String,
        options: [String]
    ) throws {
        let run = try learn(options, ["kind=kill,npu=3,at=\(moment)"])
        expectEqual(run, without: [3])
        #expect(run.learned.map(\.count) == [5, 5])
    }

    @Test func `of a replica that is gone as a whole the other one holds all experts`() throws {
        let run = try learn(
            ["parallel.dp=2", "recovery.exclude_max=2", "recovery.rejoin=after 1 steps"],
            ["kind=kill,npu=1,at=step 1", "kind=kill,npu=0,at=step 1 combine"],
            steps: 4
        )
        expectEqual(run, without: [0, 1], exclusions: 2)
        #expect(run.incidents.allSatisfy { $0["rejoin_ms"] is Double })
        #expect(run.stateNote?.contains(" to 4") == false)
    }

    /// Six ranks in three replicas: two ranks may have several sums of experts in common.
    @Test func `damaged sums are asked for again, whoever is left`() throws {
        let run = try learn(
            [
                "parallel.dp=3", "recovery.policy=[\"retry\", \"exclude\"]", "model.layers=2",
            ],
            ["kind=kill,npu=5,at=step 1 dispatch", "kind=corrupt,npu=1,ratio=1/20,at=step 2"],
            npus: 3
        )
        expectEqual(run, without: [5])
        let survival = run.results["survival"] as? [String: Any] ?? [:]
        #expect((survival["chunks_resent"] as? Int ?? 0) > 0)
    }

    @Test(arguments: [
        ["parallel.tp=2", "exchange.algorithm=groupwise"],
        ["parallel.tp=2", "parallel.dp=2", "exchange.pipeline=2"],
    ])
    func `who is in a tensor-parallel group with a lost rank is left out with it`(
        options: [String]
    ) throws {
        let run = try learn(
            options + ["recovery.rejoin=after 1 steps"],
            ["kind=kill,npu=2,at=step 1 dispatch"],
            steps: 4
        )
        expectEqual(run, without: [2, 3])
        #expect(run.incidents.count == 1 && run.incidents.first?["rejoin_ms"] is Double)
        #expect(run.stateNote?.contains(" to 4") == false)
        #expect(run.learned.allSatisfy { $0.count == 7 })
    }

    /// Nothing is learned: groups and replicas are left out alike.
    @Test(arguments: [["parallel.tp=2", "exchange.algorithm=groupwise"], ["parallel.dp=4"]])
    func `routed steps go on alike`(options: [String]) throws {
        let run = try ProgramRun(
            "compare",
            ProgramRun.small
                + (options + ["recovery.policy=\"exclude\""]).flatMap { ["--set", $0] }
                + ["--fault", "kind=kill,npu=2,at=step 1"]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true] && run.isClean)
        #expect(run.verdict == "L4", "\(run.reasons)")
        #expect(run.steps.count == 13)
    }
}
