import Foundation
import Testing

/// LocMoE+ that adapts, on workers: what all ranks count goes over the links.
@Suite(.serialized, .timeLimit(.minutes(20))) struct AdaptiveTrainingTests {
    @Test(arguments: [
        ["routing.capacity_scope=global", "model.layers=2"],
        ["training.all_reduce=ring", "parallel.dp=2", "routing.relevance=domain"],
    ])
    func `all ranks change their mode in the step in which one process does`(
        options: [String]
    ) throws {
        let corpus = try SmallCorpus()
        let arguments = corpus.learning(
            options + [
                "routing.routers=[\"locmoe+\"]", "routing.baseline=locmoe+",
                "routing.mode=adaptive", "routing.expert_choice_from=3",
            ],
            steps: 3
        )
        let run = try ProgramRun("compare", arguments)
        // Parameters and merged counts are compared in the run: one that differs ends it.
        #expect(run.end() == 0, "\(run.standardError)")
        let simulated = try ProgramRun("compare", arguments + ["--simulate"])
        #expect(simulated.end() == 0, "\(simulated.standardError)")
        #expect(run.learned == simulated.learned)
        let series = try #require(run.series.first)
        #expect(series.compactMap { $0["mode"] as? String } == Self.modes)
        var stepsWithQ = 0
        for step in series {
            let chosen = try #require(step["chosen_per_expert"] as? [Int])
            func known(_ name: String) throws -> [Bool] {
                try #require(step[name] as? [Any]).map { !($0 is NSNull) }
            }
            let isChosen = chosen.map { $0 > 0 }
            #expect(try known("p") == isChosen)
            // Where all ranks happen to read one domain there is nobody to compare with.
            let q = try known("q")
            #expect(q == isChosen || !q.contains(true))
            stepsWithQ += q.contains(true) ? 1 : 0
            #expect(step["delta"] != nil)
            let isRanked = step["mode"] as? String == "ecr"
            #expect(
                step["capacity_set_by"] as? String == (isRanked ? "corollary" : "conventional")
            )
        }
        #expect(stepsWithQ > series.count / 2)
        let clock = run.results["clock"] as? [String: Any]
        #expect((clock?["measured"] as? [String])?.contains("sums of counts") == true)
        let routers = zip(run.routers, simulated.routers)
        for (router, virtual) in routers {
            #expect((router["verified"] as? [String: Int])?["mismatches"] == 0)
            #expect(router["bytes"] as? [String: Int] == virtual["bytes"] as? [String: Int])
        }
    }

    /// Two steps of warm start, one of warm-up, three that are measured.
    private static let modes = ["tcr", "tcr", "tcr", "ecr", "ecr", "ecr"]

    @Test func `the trace shows the sum of counts before the layer's exchanges`() throws {
        let corpus = try SmallCorpus()
        let run = try ProgramRun(
            "run",
            corpus.learning([
                "routing.routers=[\"locmoe+\"]", "routing.baseline=locmoe+",
                "routing.capacity_rule=corollary",
            ])
        )
        #expect(run.end() == 0, "\(run.standardError)")
        let file = try #require(run.runFolder).appendingPathComponent("trace.json")
        let trace = try String(contentsOf: file, encoding: .utf8)
        let counts = try #require(trace.range(of: "resonance 0 reduce"))
        let dispatch = try #require(trace.range(of: "forward 0 dispatch"))
        #expect(counts.lowerBound < dispatch.lowerBound)
        let set = try #require(run.series.first).compactMap { $0["capacity_set_by"] as? String }
        #expect(set == Array(repeating: "corollary", count: 5))
    }
}
