import Foundation
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
        policy: String = "abort"
    ) throws -> ProgramRun {
        try ProgramRun(
            "compare",
            corpus.learning(Self.options + ["recovery.policy=\(policy)"])
                + faults.flatMap { ["--fault", $0] }
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
