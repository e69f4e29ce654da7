import Foundation
import Glibc
import Testing

/// Ctrl-C and its like while no loop waits for workers: before the launch, while this process
/// learns or plays, and after the last step.
@Suite(.serialized, .timeLimit(.minutes(20))) struct InterruptTests {
    /// Folders below --out, those without a name yet included.
    private func folders(of run: ProgramRun) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: run.output.path)) ?? []
    }

    private func expectGoodEnd(_ run: ProgramRun) {
        #expect(run.end(within: 60) == 130)
        #expect(run.standardError.contains("interrupted"))
        #expect(run.results["outcome"] as? String == "interrupted")
        #expect(folders(of: run).allSatisfy { !$0.hasPrefix(".") })
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `what is learned before the launch is given up`(signal: Int32) throws {
        let corpus = try SmallCorpus()
        let long = corpus.learning(["training.warm_start=10000"]) + ["--routers", "switch,hash"]
        let run = try ProgramRun("compare", long)
        #expect(ProgramRun.poll(within: 120) { run.runFolder != nil })
        kill(run.identifier, signal)
        expectGoodEnd(run)
        #expect(run.standardError.contains("report: "))
    }

    @Test func `the look at held-out text after the last step is given up`() throws {
        let corpus = try SmallCorpus(tokens: 1 << 19)
        let run = try ProgramRun("compare", corpus.learning([]) + ["--routers", "switch,hash"])
        #expect(ProgramRun.poll(within: 120) { run.steps.count == 1 + 2 * 3 })
        for _ in 0..<3 { kill(run.identifier, SIGINT) }
        expectGoodEnd(run)
        #expect(run.routers.count == 2)
        #expect(run.routers.allSatisfy { $0["quality"] == nil })
    }

    @Test func `a run in virtual time keeps its steps`() throws {
        let run = try ProgramRun("simulate", ProgramRun.small + ["--steps", "100000"])
        try #require(run.waitForSteps(2), "\(run.standardError)")
        kill(run.identifier, SIGINT)
        expectGoodEnd(run)
        #expect(run.steps.count > 2)
        let host = run.results["host"] as? [String: Any] ?? [:]
        #expect(host["cores"] as? Int ?? 0 > 0 && host["memory"] as? Int ?? 0 > 0)
        #expect((host["kernel"] as? String)?.isEmpty == false)
    }

    @Test func `while the host is measured nothing is left behind`() throws {
        let run = try ProgramRun("run", ProgramRun.long)
        let children = "/proc/\(run.identifier)/task/\(run.identifier)/children"
        let isMeasuring = ProgramRun.poll(within: 60) {
            !(FileManager.default.contents(atPath: children) ?? Data()).isEmpty
        }
        #expect(isMeasuring)
        kill(run.identifier, SIGINT)
        #expect(run.end(within: 60) == 130)
        #expect(run.standardError.contains("interrupted"))
        #expect(folders(of: run).allSatisfy { !$0.hasPrefix(".") })
    }

    @Test func `chaos hands it on to the run under way`() throws {
        let chaos = try ProgramRun("chaos", ProgramRun.small + ["--steps", "100000"])
        var workers: [Int: Int32] = [:]
        let isUnderWay = ProgramRun.poll(within: 120) {
            let runs = WorkerProcesses.children(of: chaos.identifier)
            workers = runs.first.map(WorkerProcesses.of) ?? [:]
            return workers.count == 4
        }
        #expect(isUnderWay)
        kill(chaos.identifier, SIGINT)
        #expect(chaos.end() == 130)
        #expect(
            chaos.standardError.contains("the run under way was told so and ended with 130"),
            "\(chaos.standardError)"
        )
        #expect(WorkerProcesses.alive(among: workers.values).isEmpty)
    }
}
