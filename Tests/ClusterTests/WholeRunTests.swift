import Foundation
import Testing

/// Runs that nothing happens to.
@Suite(.serialized, .timeLimit(.minutes(20))) struct WholeRunTests {
    private static let timeColumns = ["_us", "_ms"]

    /// steps.csv without what a clock decides.
    private func lasting(_ steps: [[String]], dropping more: Set<String> = []) -> [[String]] {
        let kept = (steps.first ?? []).indices.filter { index in
            let name = steps[0][index]
            return !Self.timeColumns.contains { name.hasSuffix($0) } && name != "slowest_rank"
                && !more.contains(name)
        }
        return steps.map { row in kept.map { row[$0] } }
    }

    private func routers(_ run: ProgramRun) -> [[String: Any]] {
        run.results["routers"] as? [[String: Any]] ?? []
    }

    @Test(arguments: ["exact", "padded"])
    func `every byte is verified and nothing is left open`(layout: String) throws {
        let run = try ProgramRun(
            "compare",
            ProgramRun.small + ["--set", "exchange.layout=\(layout)"]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(routers(run).count == 4)
        for router in routers(run) {
            let verified = router["verified"] as? [String: Int] ?? [:]
            let tokens = router["tokens"] as? [String: Any] ?? [:]
            #expect(verified["mismatches"] == 0)
            #expect(verified["bytes"] ?? 0 > 0)
            #expect(verified["tokens"] == tokens["routed"] as? Int)
        }
        let leaks = run.results["leaks"] as? [String: Int] ?? [:]
        #expect(leaks == ["processes": 0, "sockets": 0, "shared_memory": 0])
        let refusals = run.results["refusals"] as? [String: Any] ?? [:]
        #expect(refusals["connections"] as? Int == 0)
    }

    /// Real tokens, worked on at their experts and sent back, over each way that bytes may take.
    @Test(arguments: [
        ("pairwise", 1, 2), ("hierarchical", 1, 3), ("bi-level", 1, 3), ("rail", 1, 1),
        ("balanced", 1, 4),
        ("groupwise", 2, 1), ("groupwise", 2, 2), ("groupwise", 4, 3), ("auto", 1, 8),
    ])
    func `every algorithm brings every byte there and back`(
        algorithm: String,
        tp: Int,
        parts: Int
    ) throws {
        let options = [
            "exchange.algorithm=\(algorithm)", "parallel.tp=\(tp)", "exchange.pipeline=\(parts)",
            // Several chunks a message, so that what is relayed is still under way when experts
            // begin.
            "model.hidden=4096", "exchange.chunk=4 KiB",
        ]
        let run = try ProgramRun(
            "run",
            ProgramRun.small + ["--router", "locmoe+", "--npus", "4", "--steps", "1"]
                + options.flatMap { ["--set", $0] }
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(routers(run).count == 1)
        for router in routers(run) {
            let verified = router["verified"] as? [String: Int] ?? [:]
            let tokens = router["tokens"] as? [String: Any] ?? [:]
            #expect(verified["mismatches"] == 0)
            // Each rank of a tensor-parallel group checks the group's tokens.
            #expect(verified["tokens"] == (tokens["routed"] as? Int).map { $0 * tp })
        }
    }

    /// Tokens with two experts and more: the way of their bytes is another, what comes of them not.
    @Test(arguments: [("gshard", 1, 1), ("gshard", 1, 3), ("ada-k", 1, 2), ("gshard", 2, 1)])
    func `rail carries a token once to a node, and the sums are those of direct`(
        router: String,
        tp: Int,
        parts: Int
    ) throws {
        let options = [
            "routing.top_k=2", "parallel.tp=\(tp)", "exchange.pipeline=\(parts)",
            "model.hidden=1024", "exchange.chunk=4 KiB", "routing.routers=[\"\(router)\"]",
        ]
        let usual =
            ProgramRun.small + ["--npus", "4"]
            + options.flatMap { ["--set", $0] }
        let rail = usual + ["--set", "exchange.algorithm=rail"]
        let runs = [
            try ProgramRun("compare", usual + ["--set", "exchange.algorithm=direct"]),
            try ProgramRun("compare", rail), try ProgramRun("simulate", rail),
        ]
        #expect(runs.map { $0.end() } == [0, 0, 0], "\(runs[1].standardError)")
        func column(_ run: ProgramRun, _ name: String) -> [String] {
            let index = run.steps.first?.firstIndex(of: name) ?? 0
            return run.steps.dropFirst().map { $0[index] }
        }
        try #require(runs.allSatisfy { $0.steps.count == 4 })
        #expect(column(runs[0], "digest_crc32c") == column(runs[1], "digest_crc32c"))
        let bytes = runs.map { column($0, "inter_node_bytes").compactMap { Int($0) } }
        #expect(bytes[1] == bytes[2])
        for (direct, once) in zip(bytes[0], bytes[1]) { #expect(once < direct) }
        for run in runs.prefix(2) {
            for router in routers(run) {
                let verified = router["verified"] as? [String: Int] ?? [:]
                let tokens = router["tokens"] as? [String: Any] ?? [:]
                #expect(verified["mismatches"] == 0)
                // Each rank of a tensor-parallel group checks the group's tokens.
                #expect(verified["tokens"] == (tokens["routed"] as? Int).map { $0 * tp })
            }
        }
    }

    /// Some keep more pairs than tokens x top_k, some another number for each token.
    @Test func `every router that a step can play is played, and simulated alike`() throws {
        let names = [
            "switch", "gshard", "expert-choice", "tcr", "ecr", "rre", "ada-k", "rmoe", "pre-gated",
        ]
        let options = ProgramRun.small + ["--set", "routing.routers=\(names)"]
        let runs = [
            try ProgramRun("compare", options), try ProgramRun("simulate", options),
        ]
        #expect(runs.map { $0.end() } == [0, 0], "\(runs[0].standardError)")
        #expect(routers(runs[0]).map { $0["name"] as? String } == names)
        for router in routers(runs[0]) {
            let verified = router["verified"] as? [String: Int] ?? [:]
            #expect(verified["mismatches"] == 0 && verified["tokens"] ?? 0 > 0)
        }
        let unseen: Set = ["digest_crc32c"]
        #expect(
            lasting(runs[0].steps, dropping: unseen) == lasting(runs[1].steps, dropping: unseen)
        )
    }

    @Test func `the same seed gives the same steps`() throws {
        let runs = [try ProgramRun("compare"), try ProgramRun("compare")]
        #expect(runs.map { $0.end() } == [0, 0])
        let first = lasting(runs[0].steps)
        try #require(first.count == 13)
        #expect(first[0].contains("digest_crc32c") && first[0].contains("inter_node_bytes"))
        #expect(first == lasting(runs[1].steps))
    }

    @Test func `the simulation counts the same bytes, drops and tokens`() throws {
        let (real, virtual) = (try ProgramRun("compare"), try ProgramRun("simulate"))
        #expect([real.end(), virtual.end()] == [0, 0])
        try #require(real.steps.count == 13)
        let unseen: Set = ["digest_crc32c"]
        #expect(
            lasting(real.steps, dropping: unseen) == lasting(virtual.steps, dropping: unseen)
        )
    }

    /// Small messages are waited for by turning, big ones by sleeping; some ways relay.
    @Test(arguments: ["1KiB", "64KiB"])
    func `the bare engine brings every byte, whatever the way`(bytes: String) throws {
        let run = try ProgramRun(
            "bench alltoall",
            [
                "--nodes", "2", "--npus", "2", "--unshaped", "--algorithm", "all", "--bytes", bytes,
                "--iterations", "3", "--warmup", "1", "--json", "--quiet",
            ]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        let printed = try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8))
        let rows = try #require(printed as? [[String: Any]])
        #expect(rows.count >= 6)
        #expect(rows.allSatisfy { $0["wrong"] as? Int == 0 })
    }

    @Test func `results have the contract's names`() throws {
        let run = try ProgramRun("compare", ProgramRun.small + ["--json", "--quiet"])
        #expect(run.end() == 0)
        #expect(run.standardError.isEmpty)
        let printed = try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8))
        let results = try #require(printed as? [String: Any])
        let top: Set = [
            "schema", "plan", "seed", "host", "version", "clock", "routers", "fidelity", "faults",
            "survival", "leaks",
        ]
        #expect(top.subtracting(results.keys).isEmpty)
        let router: Set = [
            "name", "steps", "step_time_us", "phases_us", "alltoall_share", "bytes", "tokens",
            "imbalance", "memory_bytes", "bound_us", "efficiency", "simulated_us", "verified",
            "versus_baseline",
        ]
        let second = try #require((results["routers"] as? [[String: Any]])?.dropFirst().first)
        #expect(router.subtracting(second.keys).isEmpty)
    }

    @Test(arguments: [["--nodes", "1", "--npus", "1"], ["--nodes", "2", "--npus", "1"]])
    func `small worlds run`(world: [String]) throws {
        let run = try ProgramRun("run", ProgramRun.small + world)
        #expect(run.end() == 0, "\(run.standardError)")
    }

    @Test func `replicas keep their tokens to themselves`() throws {
        let run = try ProgramRun("run", ProgramRun.small + ["--set", "parallel.ep=2"])
        #expect(run.end() == 0, "\(run.standardError)")
    }
}
