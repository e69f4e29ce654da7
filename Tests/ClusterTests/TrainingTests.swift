import Foundation
import Glibc
import Testing

/// The verb `train`, on a small corpus.
@Suite(.serialized, .timeLimit(.minutes(20))) struct TrainingProgramTests {
    private func train(_ corpus: SmallCorpus, _ arguments: [String]) throws -> ProgramRun {
        try ProgramRun(
            "train",
            [
                "--nodes", "2", "--npus", "1", "--set", "model.experts=4", "--set",
                "workload.tokens_per_npu=256", "--steps", "4", "--corpus", corpus.folder.path,
            ] + arguments
        )
    }

    private func rows(_ run: ProgramRun) throws -> [[String: Any]] {
        let data = Data(run.standardOutput.utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    }

    /// The run compares every rank's parameters with those that one process learns.
    @Test(arguments: [
        ["model.layers=2"], ["parallel.dp=2", "training.wire=bf16"],
        ["training.all_reduce=ring", "exchange.layout=padded"],
        ["exchange.algorithm=hierarchical"],
        ["routing.capacity_scope=global", "model.layers=2"],
        ["exchange.pipeline=4", "model.layers=2"],
        ["parallel.tp=2", "exchange.algorithm=groupwise"],
        [
            "parallel.tp=2", "exchange.algorithm=groupwise", "exchange.pipeline=2",
            "exchange.layout=padded", "routing.capacity_scope=global",
        ],
    ])
    func `workers learn what one process learns`(options: [String]) throws {
        let corpus = try SmallCorpus()
        // gshard and ada-k draw.
        let routers = "[\"switch\", \"locmoe+\", \"gshard\", \"ada-k\"]"
        let arguments = corpus.learning(options + ["routing.routers=\(routers)"])
        let run = try ProgramRun("compare", arguments)
        #expect(run.end() == 0, "\(run.standardError)")
        let simulated = try ProgramRun("compare", arguments + ["--simulate"])
        #expect(simulated.end() == 0, "\(simulated.standardError)")
        #expect(run.routers.count == 4)
        for (router, virtual) in zip(run.routers, simulated.routers) {
            let verified = router["verified"] as? [String: Int] ?? [:]
            #expect(verified["mismatches"] == 0)
            #expect(verified["tokens"] ?? 0 > 0)
            #expect(router["bytes"] as? [String: Int] == virtual["bytes"] as? [String: Int])
            let phases = router["phases_us"] as? [String: Double] ?? [:]
            #expect(phases["sum"] ?? 0 > 0)
        }
        let losses = run.steps.map { $0.last ?? "" }
        #expect(losses.dropFirst().allSatisfy { Double($0) != nil })
        #expect(losses == simulated.steps.map { $0.last ?? "" })
    }

    @Test func `a killed run of routers that learn ends as if nobody had killed it`() throws {
        let corpus = try SmallCorpus()
        let arguments =
            corpus.learning(["routing.routers=[\"switch\", \"locmoe+\"]"]) + ["--steps", "6"]
        let calm = try ProgramRun("compare", arguments)
        #expect(calm.end() == 0, "\(calm.standardError)")
        let broken = try ProgramRun("compare", arguments)
        try #require(broken.waitForSteps(3), "\(broken.standardError)")
        kill(broken.identifier, SIGKILL)
        _ = broken.end()
        let folder = try #require(broken.runFolder).path
        let resumed = try ProgramRun(
            "compare",
            arguments + ["--resume", folder],
            tokens: broken.folder.appendingPathComponent("tokens")
        )
        #expect(resumed.end() == 0, "\(resumed.standardError)")
        #expect(broken.learned.map(\.count) == [9, 9])
        #expect(broken.learned == calm.learned)
    }

    @Test func `a network for all tokens and none stand beside routers, unless told not to`() throws
    {
        let corpus = try SmallCorpus()
        let arguments =
            corpus.learning(["routing.routers=[\"switch\"]", "training.held_out_every=4"])
            + ["--simulate"]
        let run = try ProgramRun("compare", arguments)
        #expect(run.end() == 0, "\(run.standardError)")
        let controls = run.results["controls"] as? [[String: Any]] ?? []
        #expect(controls.map { $0["name"] as? String } == ["dense", "none"])
        for control in controls {
            let quality = control["quality"] as? [String: Any] ?? [:]
            #expect((quality["series"] as? [Any])?.count == 5)
            // On the way and at the end, as of routers.
            let looks = quality["held_out"] as? [[String: Any]] ?? []
            #expect(looks.map { $0["step"] as? Int } == [4, 5])
            #expect(looks.allSatisfy { $0["emulated_us"] == nil })
        }
        let alone = try ProgramRun("compare", arguments + ["--set", "training.controls=off"])
        #expect(alone.end() == 0, "\(alone.standardError)")
        #expect(alone.results["controls"] == nil)
        #expect(alone.learned == run.learned)
    }

    @Test func `held-out text is looked at in the warm start, too, and a loss can be named`() throws
    {
        let corpus = try SmallCorpus()
        let arguments =
            corpus.learning(
                [
                    "routing.routers=[\"switch\"]", "training.warm_start=4",
                    "training.held_out_every=2", "training.target_loss=7.6",
                ],
                steps: 4
            ) + ["--simulate"]
        let run = try ProgramRun("compare", arguments)
        #expect(run.end() == 0, "\(run.standardError)")
        let quality = try #require(run.routers.first?["quality"] as? [String: Any])
        let looks = quality["held_out"] as? [[String: Any]] ?? []
        #expect(looks.map { $0["step"] as? Int } == [2, 4, 6, 8, 9])
        // The clock begins with the first step after the warm start.
        #expect(looks.map { $0["emulated_us"] != nil } == [false, false, true, true, true])
        let reached = try #require(quality["time_to_loss"] as? [String: Any])
        #expect(reached["loss"] as? Double == 7.6)
        let step = try #require(reached["step"] as? Int)
        let loss = try #require(looks.first { $0["step"] as? Int == step }?["loss"] as? Double)
        #expect(loss <= 7.6)
        #expect(reached["emulated_us"] as? Double ?? 0 > 0)
        let words = run.standardOutput.split(whereSeparator: \.isWhitespace)
        #expect(words.joined(separator: " ").contains("reached: a held-out loss of 7.6000"))
    }

    @Test func `each layer's modes are in the results and on the terminal`() throws {
        let corpus = try SmallCorpus()
        let arguments =
            corpus.learning(
                [
                    "routing.routers=[\"locmoe+\"]", "routing.baseline=locmoe+",
                    "routing.mode=adaptive", "routing.expert_choice_from=3", "model.layers=2",
                    "routing.policy=reroute", "routing.relevance=domain",
                ]
            ) + ["--simulate"]
        let run = try ProgramRun("compare", arguments)
        #expect(run.end() == 0, "\(run.standardError)")
        let quality = try #require(run.routers.first?["quality"] as? [String: Any])
        let layers = (quality["modes"] as? [String: Any])?["layers"] as? [[String: Any]] ?? []
        #expect(layers.count == 2)
        for layer in layers {
            #expect(layer["start"] as? String == "tcr")
            let changes = layer["changes"] as? [[String: Any]] ?? []
            #expect(changes.map { $0["step"] as? Int } == [3])
        }
        let series = try #require(run.series.first)
        let rerouted = series.compactMap { $0["rerouted"] as? Int }
        #expect(rerouted.count == series.count)
        #expect(rerouted.reduce(0, +) > 0)
        #expect(quality["rerouted"] as? Int == rerouted.reduce(0, +))
        for step in series {
            let later = try #require(step["later_layers"] as? [[String: Any]])
            #expect(later.map { $0["mode"] as? String } == [step["mode"] as? String])
            #expect((later[0]["chosen_per_expert"] as? [Int])?.reduce(0, +) == 1024)
            #expect((later[0]["p"] as? [Any])?.count == 4)
        }
        #expect(run.standardOutput.contains("locmoe+ by schedule: layer 0 tcr, ecr from step 3"))
    }

    @Test func `compares routers and controls`() throws {
        let corpus = try SmallCorpus()
        let run = try train(
            corpus,
            ["--router", "locmoe+,none", "--scope", "global", "--sharding", "domain", "--json"]
                + ["--by-domain"]
        )
        #expect(run.end() == 0)
        let rows = try rows(run)
        #expect(rows.map { $0["router"] as? String } == ["locmoe+", "none"])
        let kept = try #require(rows[0]["kept_share"] as? Double)
        #expect(kept > 0 && kept <= 1)
        #expect(rows[1]["kept_share"] == nil)
        for row in rows {
            let losses = try #require(row["loss_by_step"] as? [Double])
            #expect(losses.count == 4)
            // It starts from a flat guess among 2,048 classes and learns.
            #expect(abs(losses[0] - log(2048)) < 0.5)
            #expect(losses[3] < losses[0])
        }
        let quality = try #require(rows[0]["quality"] as? [String: Any])
        let series = try #require(quality["series"] as? [[String: Any]])
        #expect(series.count == 4)
        #expect(quality["relevance"] as? String == "domain")
        for step in series {
            let perExpert = try #require(step["per_expert"] as? [Int])
            #expect(perExpert.reduce(0, +) == step["kept"] as? Int)
            #expect((step["chosen_per_expert"] as? [Int])?.reduce(0, +) == 512)
            // Each rank reads one domain: only tokens of several ranks can be compared.
            let chosen = try #require(step["chosen_per_expert"] as? [Int])
            let known = try #require(step["q"] as? [Any]).map { !($0 is NSNull) }
            #expect(known == chosen.map { $0 > 0 })
            #expect(step["emulated_us"] == nil)
        }
        let page = try String(
            contentsOf: run.output.appendingPathComponent("report.html"),
            encoding: .utf8
        )
        #expect(page.contains("Which experts tokens choose"))
        let file = run.output.appendingPathComponent("training.json")
        #expect(try String(contentsOf: file, encoding: .utf8) == run.standardOutput)
    }

    @Test func `capacity factors are swept, held-out text is looked at on the way`() throws {
        let corpus = try SmallCorpus()
        let run = try train(
            corpus,
            ["--router", "switch,none", "--capacity-factors", "0.5,2", "--held-out-every", "2"]
                + ["--json"]
        )
        #expect(run.end() == 0)
        let rows = try rows(run)
        #expect(rows.map { $0["router"] as? String } == ["switch", "none", "switch"])
        #expect(rows.map { $0["capacity_factor"] as? Double } == [0.5, 0.5, 2])
        let kept = rows.compactMap { ($0["quality"] as? [String: Any])?["kept_share"] as? Double }
        try #require(kept.count == 2)
        #expect(kept[0] < kept[1])
        let looks = (rows[0]["quality"] as? [String: Any])?["held_out"] as? [[String: Any]]
        #expect(looks?.compactMap { $0["step"] as? Int } == [2, 4])
    }

    /// The first step's record of each run.
    private func first(_ run: ProgramRun) throws -> [[String: Any]] {
        try rows(run).map { row in
            let quality = try #require(row["quality"] as? [String: Any])
            return try #require((quality["series"] as? [[String: Any]])?.first)
        }
    }

    @Test func `experts that choose have the slots of the factor in a sweep`() throws {
        let corpus = try SmallCorpus()
        let run = try train(
            corpus,
            ["--router", "switch,expert-choice", "--capacity-factors", "0.5,1", "--steps", "1"]
                + ["--json"]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        // Of 512 tokens.
        #expect(try first(run).map { $0["slots"] as? Int } == [256, 256, 512, 512])
    }

    @Test func `the losses on gates are recorded by name, of those that have them`() throws {
        let corpus = try SmallCorpus()
        let run = try train(
            corpus,
            ["--router", "switch,hash,locmoe,locmoe+,ada-k,none", "--steps", "1", "--json"]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        let losses = try first(run).map { $0["router_losses"] as? [String: Double] }
        #expect(
            losses.map { $0?.keys.sorted() } == [
                ["auxiliary"], nil, ["auxiliary", "locality"], ["locality"],
                ["allocation", "auxiliary", "choices"], nil,
            ]
        )
        // About 1 where tokens are balanced, above 0 where they are not all at home.
        #expect(try (0.5...4).contains(#require(losses[0]?["auxiliary"])))
        #expect(try #require(losses[3]?["locality"]) > 0)
        let compared = try ProgramRun(
            "compare",
            corpus.learning(["routing.routers=[\"switch\", \"locmoe+\"]"]) + ["--simulate"]
        )
        #expect(compared.end() == 0, "\(compared.standardError)")
        let lines = try String(
            contentsOf: try #require(compared.runFolder).appendingPathComponent("steps.jsonl"),
            encoding: .utf8
        ).split(separator: "\n")
        #expect(lines.count == 6)
        for line in lines {
            let isSwitch = line.contains("\"switch\"")
            #expect(line.contains(isSwitch ? "\"auxiliary\":" : "\"locality\":"), "\(line)")
        }
    }

    /// What the curves of a page are drawn from, times left out.
    private func curves(_ folder: URL) throws -> [NSDictionary] {
        let data = try Data(contentsOf: folder.appendingPathComponent("training.json"))
        let rows = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        return rows.map { row in
            NSDictionary(dictionary: row.filter { !$0.key.contains("wall") })
        }
    }

    @Test func `interrupted and resumed ends as if it had not been`() throws {
        let corpus = try SmallCorpus()
        let options = ["--router", "switch", "--held-out-every", "2"]
        let whole = try train(corpus, options)
        #expect(whole.end() == 0)
        let first = try train(corpus, options + ["--stop-after", "2"])
        #expect(first.end() == 0)
        func checkpoint(_ folder: URL) throws -> Data {
            try Data(contentsOf: folder.appendingPathComponent("switch-7.checkpoint"))
        }
        #expect(try checkpoint(first.output) != checkpoint(whole.output))
        // The last --out wins.
        let second = try train(
            corpus,
            options + ["--resume", "--out", first.output.path]
        )
        #expect(second.end() == 0)
        #expect(try checkpoint(first.output) == checkpoint(whole.output))
        #expect(try curves(first.output) == curves(whole.output))

        let other = try train(
            corpus,
            ["--router", "switch", "--alpha", "0", "--resume", "--out", first.output.path]
        )
        #expect(other.end() == 1)
        #expect(other.standardError.contains("other settings"))
    }

    @Test func `resumed without its record it says what is in no curve, every time`() throws {
        let corpus = try SmallCorpus()
        let options = ["--router", "switch"]
        let first = try train(corpus, options + ["--stop-after", "2"])
        #expect(first.end() == 0)
        let record = first.output.appendingPathComponent("switch-7.record.json")
        try FileManager.default.removeItem(at: record)
        let resumed = options + ["--resume", "--out", first.output.path]
        let second = try train(corpus, resumed + ["--stop-after", "3"])
        #expect(second.end() == 0)
        #expect(second.standardError.contains("is missing: steps before 2 are in no curve"))
        let third = try train(corpus, resumed)
        #expect(third.end() == 0)
        #expect(third.standardError.contains("begins with step 2: steps before are in no curve"))
    }

    @Test func `learns in groups and in parts what the plan says`() throws {
        let corpus = try SmallCorpus()
        func losses(_ shape: [String]) throws -> [Double] {
            let run = try train(corpus, ["--router", "switch", "--json"] + shape)
            #expect(run.end() == 0, "\(run.standardError)")
            return try #require(try rows(run).first?["loss_by_step"] as? [Double])
        }
        let alone = try losses([])
        #expect(try losses(["--npus", "2", "--set", "parallel.tp=2"]) == alone)
        let parts = try losses(["--set", "exchange.pipeline=4"])
        #expect(zip(parts, alone).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func `says what it cannot train`() throws {
        let corpus = try SmallCorpus()
        let refused: [([String], Int32, String)] = [
            (["--router", "swich"], 64, "swich"),
            (["--resume", "--router", "dense", "--out", "/nowhere"], 1, "/nowhere"),
            (["--set", "workload.tokens_per_npu=100"], 78, "whole sequences of 256"),
            (["--smoothing", "0"], 64, "infinite"),
            (["--router", "none", "--learning-rate", "1e30"], 1, "try a lower --learning-rate"),
            (["--set", "model.experts=24", "--router", "locmoe+"], 78, "divide"),
        ]
        for (arguments, code, text) in refused {
            let run = try train(corpus, arguments)
            #expect(run.end() == code, "\(arguments): \(run.standardError)")
            #expect(run.standardError.contains(text), "\(arguments): \(run.standardError)")
        }
        let shortCorpus = try SmallCorpus(tokens: 300)
        let short = try train(shortCorpus, [])
        #expect(short.end() == 64)
        #expect(short.standardError.contains("ids.npy has 300 tokens a domain"))
    }
}
