import Foundation
import Testing

/// p, q, δ, C, mode and kept share of runs whose routers do not learn, and of those that do.
@Suite(.serialized, .timeLimit(.minutes(20))) struct DecisionRecordTests {
    /// Objects of steps.jsonl.
    private func steps(_ run: ProgramRun) throws -> [[String: Any]] {
        let file = try #require(run.runFolder).appendingPathComponent("steps.jsonl")
        let text = try String(contentsOf: file, encoding: .utf8)
        return try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    /// Of a step, as text that can be compared.
    private func layers(_ step: [String: Any]) throws -> String {
        let layers = try #require(step["layers"])
        let data = try JSONSerialization.data(withJSONObject: layers, options: .sortedKeys)
        return String(decoding: data, as: UTF8.self)
    }

    private func run(_ verb: String, _ options: [String] = []) throws -> ProgramRun {
        let routers = "routing.routers=[\"switch\", \"locmoe+\", \"tcr\", \"ecr\"]"
        let run = try ProgramRun(
            verb,
            ProgramRun.small + [
                "--set", routers, "--set", "routing.mode=ecr", "--set", "workload.warmup=1",
                "--set", "routing.relevance=domain",
            ] + options
        )
        #expect(run.end() == 0, "\(run.standardError)")
        return run
    }

    @Test func `stand in each step's record, on workers as in virtual time`() throws {
        let (real, virtual) = (try run("compare"), try run("simulate"))
        let (played, simulated) = (try steps(real), try steps(virtual))
        #expect(played.count == 4 * 4)
        #expect(try played.map(layers) == simulated.map(layers))
        for step in played {
            let router = step["router"] as? String
            let layers = try #require(step["layers"] as? [[String: Any]])
            #expect(layers.count == 1)
            let hasAffinities = router != "switch"
            #expect((layers[0]["p"] as? [Any])?.count == (hasAffinities ? 8 : 0))
            #expect((layers[0]["q"] as? [Any])?.count == (hasAffinities ? 8 : 0))
            #expect((layers[0]["delta"] != nil) == hasAffinities)
            #expect(
                layers[0]["mode"] as? String
                    == (router == "switch" || router == "tcr" ? "tcr" : "ecr")
            )
            #expect(layers[0]["capacity"] as? Int == step["capacity"] as? Int)
            let kept = try #require(layers[0]["per_expert"] as? [Int])
            #expect(kept.reduce(0, +) == step["routed"] as? Int)
        }
    }

    @Test func `stand in results and in the report's plots`() throws {
        let run = try run("simulate")
        for router in run.routers {
            let decisions = try #require(router["decisions"] as? [String: Any])
            #expect((decisions["series"] as? [[String: Any]])?.count == 3)
            #expect(decisions["kept_share"] is Double)
            let isByAffinity = router["name"] as? String != "switch"
            #expect((decisions["relevance"] as? String) == (isByAffinity ? "domain" : nil))
        }
        let file = try #require(run.runFolder).appendingPathComponent("report.html")
        let page = try String(contentsOf: file, encoding: .utf8)
        for id in ["loads", "decisions", "true-positives", "false-positives"] {
            #expect(page.contains("<figure id=\"\(id)\""), "\(id)")
        }
    }

    @Test func `stand in the records of steps that routers learn from, layer by layer`() throws {
        let corpus = try SmallCorpus()
        let run = try ProgramRun(
            "simulate",
            corpus.learning(["routing.routers=[\"locmoe+\"]", "model.layers=2"])
        )
        #expect(run.end() == 0, "\(run.standardError)")
        let steps = try steps(run)
        #expect(steps.count == 3)
        // Two of the warm start come before them.
        #expect(run.series[0].count == 5)
        for (step, learned) in zip(steps, run.series[0].dropFirst(2)) {
            let layers = try #require(step["layers"] as? [[String: Any]])
            #expect(layers.count == 2)
            for key in ["q", "per_expert"] {
                let (played, told) = (layers[0][key] as? [Any], learned[key] as? [Any])
                #expect(try #require(played).count == 4)
                #expect(NSArray(array: try #require(played)) == NSArray(array: try #require(told)))
            }
        }
        #expect(run.routers[0]["decisions"] == nil)
    }
}
