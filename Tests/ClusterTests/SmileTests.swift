import Foundation
import Testing

/// SMILE on workers: tokens go to a node, then to an NPU inside it, in exchanges of their own.
@Suite(.serialized, .timeLimit(.minutes(20))) struct SmileTests {
    private static let smile = [
        "routing.routers=[\"smile\", \"switch\"]", "routing.baseline=switch",
    ]

    @Test(arguments: [
        ["model.layers=2", "routing.capacity_scope=global"],
        ["exchange.layout=padded", "routing.top_k=2", "training.wire=bf16"],
    ])
    func `workers learn what one process learns, through both levels`(options: [String]) throws {
        let corpus = try SmallCorpus()
        let arguments = corpus.learning(Self.smile + options)
        let run = try ProgramRun("compare", arguments)
        #expect(run.end() == 0, "\(run.standardError)")
        let simulated = try ProgramRun("compare", arguments + ["--simulate"])
        #expect(simulated.end() == 0, "\(simulated.standardError)")
        #expect(run.learned == simulated.learned)
        try check(run)
        for (router, virtual) in zip(run.routers, simulated.routers) {
            #expect(router["bytes"] as? [String: Int] == virtual["bytes"] as? [String: Int])
        }
        #expect(try trace(run).contains("forward 0 dispatch round 1"))
    }

    @Test func `untrained gates route through both levels as well`() throws {
        let run = try ProgramRun(
            "compare",
            ProgramRun.small + ["--npus", "4"] + Self.smile.flatMap { ["--set", $0] }
        )
        #expect(run.end() == 0, "\(run.standardError)")
        try check(run)
        #expect(try trace(run).contains("dispatch round 1"))
    }

    private func check(_ run: ProgramRun) throws {
        try #require(run.routers.count == 2)
        for router in run.routers {
            let verified = router["verified"] as? [String: Int] ?? [:]
            #expect(verified["mismatches"] == 0)
            #expect(verified["tokens"] ?? 0 > 0)
        }
        #expect(run.routers[0]["algorithm"] as? String == "bi-level")
        #expect(run.routers[1]["algorithm"] as? String != "bi-level")
        let reason = run.routers[0]["algorithm_reason"] as? String
        #expect(reason == "the levels of smile have an exchange each")
    }

    private func trace(_ run: ProgramRun) throws -> String {
        let file = try #require(run.runFolder).appendingPathComponent("trace.json")
        return try String(contentsOf: file, encoding: .utf8)
    }
}
