import Foundation
import Glibc
import Testing

/// A run of routers that learn in which nothing fails.
private struct CalmLesson: Sendable {
    let steps: [[String]]
    let learned: [[[String: Double]]]

    init(_ run: ProgramRun) {
        let names: Set = [
            "step", "router", "digest_crc32c", "inter_node_bytes", "dropped_pairs", "train_loss",
        ]
        let kept = (run.steps.first ?? []).indices.filter { names.contains(run.steps[0][$0]) }
        steps = kept.count == names.count ? run.steps.map { row in kept.map { row[$0] } } : []
        learned = run.learned
    }
}

/// Steps of routers that learn in which something fails: they are redone, and the routers end with
/// what they would have learned without it.
@Suite(.serialized, .timeLimit(.minutes(20))) struct TrainingRecoveryTests {
    private static let options = [
        "routing.routers=[\"switch\", \"locmoe+\"]", "routing.mode=adaptive",
        "routing.expert_choice_from=4", "exchange.algorithm=direct", "training.controls=off",
    ]

    private func run(
        _ corpus: SmallCorpus,
        _ faults: [String] = [],
        policy: String = "abort",
        _ more: [String] = [],
        steps: Int = 2
    ) throws -> ProgramRun {
        let options = Self.options + ["recovery.policy=\(policy)"] + more
        return try ProgramRun(
            "compare",
            corpus.learning(options, steps: steps) + faults.flatMap { ["--fault", $0] }
        )
    }

    /// Of rank 3 to its mate the first six messages are those of switch, the last two of them sums
    /// of gradients, the next two sums of the counts of locmoe+.
    @Test
    func `what failed is learned again from its beginning, and nothing of the result differs`()
        throws
    {
        let corpus = try SmallCorpus()
        let undisturbed = try run(corpus)
        #expect(undisturbed.end() == 0, "\(undisturbed.standardError)")
        #expect(undisturbed.equality == nil)
        let calm = CalmLesson(undisturbed)
        #expect(calm.steps.count == 7 && calm.learned.map(\.count) == [5, 5])
        let cases: [(policy: String, verdict: String, faults: [String])] = [
            (
                "restart", "L3",
                ["kind=kill,npu=3,at=step 1", "kind=kill,npu=0,at=step 2 dispatch"]
            ),
            (
                "restart", "L3",
                [
                    "kind=kill,npu=3,at=6th message from 3 to 2",
                    "kind=kill,npu=3,at=14th message from 3 to 2",
                ]
            ),
            (
                "retry", "L2",
                [
                    "kind=corrupt,at=5th message from 3 to 2",
                    "kind=connection-reset,from=2,to=0,at=step 2",
                ]
            ),
        ]
        for (policy, verdict, faults) in cases {
            let hurt = try run(corpus, faults, policy: policy)
            #expect(hurt.end() == 0, "\(hurt.standardError)")
            #expect(hurt.areProven == [true, true] && hurt.isClean)
            #expect(hurt.verdict == verdict, "\(hurt.reasons)")
            #expect(hurt.equality == true, "\(faults)")
            #expect(hurt.incidents.allSatisfy { $0["measure"] as? String == policy })
            #expect(hurt.incidents.allSatisfy { $0["redone_ms"] is Double })
            let result = CalmLesson(hurt)
            let isSame = result.steps == calm.steps && result.learned == calm.learned
            #expect(isSame, "\(faults)")
        }
    }

    /// In a part of a pipelined dispatch, or in its last sum of gradients, when others may have
    /// learned.
    @Test(arguments: [
        ("kind=kill,npu=3,at=step 1 dispatch", "exchange.pipeline=2"),
        ("kind=kill,npu=0,at=6th message from 0 to 1", "training.all_reduce=ring"),
    ])
    func `without a rank the others learn on with all experts, as one process does`(
        fault: String,
        option: String
    ) throws {
        let corpus = try SmallCorpus()
        let hurt = try run(corpus, [fault], policy: "exclude", [option])
        #expect(hurt.end() == 0, "\(hurt.standardError)")
        #expect(hurt.areProven == [true] && hurt.isClean)
        #expect(hurt.verdict == "L4", "\(hurt.reasons)")
        #expect(hurt.incidents.map { $0["measure"] as? String } == ["exclude"])
        #expect(hurt.incidents.allSatisfy { $0["redone_ms"] is Double })
        #expect(hurt.equality == true, "\(hurt.stateNote ?? "")")
        let rank = fault.contains("npu=3") ? 3 : 0
        let words = "one process that learns without rank \(rank) in step"
        #expect(hurt.stateNote?.contains(words) == true, "\(hurt.stateNote ?? "")")
        for router in hurt.routers {
            #expect((router["verified"] as? [String: Int])?["mismatches"] == 0)
        }
        #expect(hurt.learned.map(\.count) == [5, 5])
    }

    @Test func `who was left out comes back and learns on with what others have learned`() throws {
        let corpus = try SmallCorpus()
        let hurt = try run(
            corpus,
            ["kind=kill,npu=2,at=step 1 combine"],
            policy: "exclude",
            ["recovery.rejoin=after 1 steps"],
            steps: 4
        )
        #expect(hurt.end() == 0, "\(hurt.standardError)")
        #expect(hurt.areProven == [true] && hurt.isClean)
        #expect(hurt.verdict == "L4", "\(hurt.reasons)")
        #expect(hurt.incidents.count == 1 && hurt.incidents.first?["rejoin_ms"] is Double)
        #expect(hurt.equality == true, "\(hurt.stateNote ?? "")")
        #expect(hurt.stateNote?.contains("without rank 2 in step") == true)
        #expect(hurt.stateNote?.contains(" to 4,") == false)
        let kept = hurt.learned.map { $0.map { $0["kept"] ?? 0 } }
        // Of four ranks, then of three, then of four again.
        #expect(kept.allSatisfy { $0.count == 7 })
        #expect(kept.allSatisfy { $0.suffix(1).allSatisfy { $0 > 0 } })
    }

    @Test func `a killed run goes on without whom it had left out`() throws {
        let corpus = try SmallCorpus()
        let faults = ["kind=kill,npu=3,at=step 1 dispatch"]
        let whole = try run(corpus, faults, policy: "exclude", steps: 5)
        #expect(whole.end() == 0, "\(whole.standardError)")
        #expect(whole.stateNote?.contains("rank 3 in steps 1 to 5") == true)
        let broken = try run(corpus, faults, policy: "exclude", steps: 5)
        // The last of them is one without rank 3.
        try #require(broken.waitForSteps(6), "\(broken.standardError)")
        kill(broken.identifier, SIGKILL)
        _ = broken.end()
        let resumed = try ProgramRun(
            "compare",
            corpus.learning(Self.options + ["recovery.policy=exclude"], steps: 5)
                + ["--fault", faults[0], "--resume", try #require(broken.runFolder).path],
            tokens: broken.folder.appendingPathComponent("tokens")
        )
        #expect(resumed.end() == 0, "\(resumed.standardError)")
        #expect(broken.learned == whole.learned)
        #expect(broken.equality == true)
        #expect(broken.stateNote == whole.stateNote)
    }

    @Test func `who has nowhere to find the state is not started again`() throws {
        let corpus = try SmallCorpus()
        let faults = ["kind=folder-full,at=step 1,for=2 steps", "kind=kill,npu=3,at=step 2"]
        let hurt = try run(corpus, faults, policy: "restart")
        #expect(hurt.end() == 1)
        #expect(hurt.standardError.contains("start.checkpoint cannot be written"))
        #expect(hurt.areProven == [true, true] && hurt.verdict == "F" && hurt.isClean)
        #expect(hurt.incidents.map { $0["measure"] as? String } == ["abort"])
    }

    @Test func `without a recovery a lost worker ends the run, and what was learned is kept`()
        throws
    {
        let corpus = try SmallCorpus()
        let hurt = try run(corpus, ["kind=kill,npu=3,at=step 1"])
        #expect(hurt.end() == 1)
        #expect(hurt.verdict == "F" && hurt.isClean && hurt.equality == nil)
        #expect(hurt.steps.count == 3)
    }
}
