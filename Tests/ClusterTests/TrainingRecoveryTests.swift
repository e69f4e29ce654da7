import Foundation
import Glibc
import Testing

/// Steps of routers that learn in which something fails: they are redone, and the routers end with
/// what they would have learned without it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct TrainingRecoveryTests {
    private static let options = [
        "routing.routers=[\"switch\", \"locmoe+\"]", "routing.mode=adaptive",
        "routing.expert_choice_from=4",
    ]

    private func run(
        _ corpus: SmallCorpus,
        _ faults: [String],
        policy: String = "abort",
        _ more: [String] = []
    ) throws -> ProgramRun {
        let options = Self.options + ["recovery.policy=\(policy)"] + more
        return try ProgramRun(
            "compare",
            corpus.learning(options, steps: 3) + faults.flatMap { ["--fault", $0] }
        )
    }

    /// What the seed decides of each step, in the order in which they were played.
    private func lasting(_ run: ProgramRun) -> [[String]] {
        let names: Set = [
            "step", "router", "digest_crc32c", "inter_node_bytes", "dropped_pairs", "train_loss",
        ]
        let kept = (run.steps.first ?? []).indices.filter { names.contains(run.steps[0][$0]) }
        return kept.count == names.count ? run.steps.map { row in kept.map { row[$0] } } : []
    }

    private func expectSame(_ run: ProgramRun, _ calm: ProgramRun) {
        let isSame = lasting(run) == lasting(calm)
        #expect(isSame && lasting(calm).count == 9)
        #expect(run.learned == calm.learned)
        #expect(run.learned.map(\.count) == [6, 6])
    }

    /// In each kind of segment, and in the last one while ranks learn.
    @Test func `a killed worker begins where its step began, and nothing of the result differs`()
        throws
    {
        let corpus = try SmallCorpus()
        let calm = try run(corpus, [])
        #expect(calm.end() == 0, "\(calm.standardError)")
        for moments in [["step 1"], ["step 1 reduce"], ["step 1 combine", "step 3 dispatch"]] {
            let hurt = try run(
                corpus,
                moments.map { "kind=kill,npu=3,at=\($0)" },
                policy: "restart"
            )
            #expect(hurt.end() == 0, "\(hurt.standardError)")
            #expect(hurt.areProven == moments.map { _ in true })
            #expect(hurt.verdict == "L3", "\(hurt.reasons)")
            #expect(hurt.incidents.map { $0["rank"] as? Int } == moments.map { _ in 3 })
            #expect(hurt.incidents.allSatisfy { $0["redone_ms"] is Double })
            #expect(hurt.isClean)
            expectSame(hurt, calm)
        }
    }

    @Test func `over a connection that is made again a step is learned anew`() throws {
        let corpus = try SmallCorpus()
        let calm = try run(corpus, [])
        #expect(calm.end() == 0, "\(calm.standardError)")
        let hurt = try run(
            corpus,
            [
                "kind=corrupt,at=5th message from 0 to 2",
                "kind=connection-reset,from=2,to=0,at=step 2",
            ],
            policy: "retry"
        )
        #expect(hurt.end() == 0, "\(hurt.standardError)")
        #expect(hurt.areProven == [true, true] && hurt.verdict == "L2", "\(hurt.reasons)")
        #expect(hurt.isClean)
        expectSame(hurt, calm)
    }

    @Test func `without a recovery a lost worker ends the run, and what was learned is kept`()
        throws
    {
        let corpus = try SmallCorpus()
        let hurt = try run(corpus, ["kind=kill,npu=3,at=step 1"])
        #expect(hurt.end() == 1)
        #expect(hurt.verdict == "F" && hurt.isClean)
        #expect(hurt.steps.count == 3)
    }
}
