import Foundation
import Glibc
import Testing

/// `--resume DIR` on what a killed coordinator has left.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ResumeTests {
    private static let options =
        ProgramRun.small + [
            "--steps", "10", "--set", "routing.routers=[\"switch\", \"locmoe+\"]",
        ]

    /// A run whose coordinator was killed between its first step and its last.
    private func killed() throws -> (ProgramRun, folder: String) {
        let run = try ProgramRun("compare", Self.options)
        try #require(run.waitForSteps(3), "\(run.standardError)")
        kill(run.identifier, SIGKILL)
        #expect(run.end() == 128 + SIGKILL)
        return (run, try #require(run.runFolder).path)
    }

    private func resume(
        _ broken: ProgramRun,
        _ folder: String,
        with more: [String] = []
    ) throws -> ProgramRun {
        try ProgramRun(
            "compare",
            Self.options + ["--resume", folder] + more,
            tokens: broken.folder.appendingPathComponent("tokens")
        )
    }

    /// What the seed decides of every step, by step and router.
    private func lasting(_ run: ProgramRun) -> Set<[String]> {
        let names: Set = [
            "step", "router", "digest_crc32c", "inter_node_bytes", "dropped_pairs",
        ]
        let kept = (run.steps.first ?? []).indices.filter { names.contains(run.steps[0][$0]) }
        return kept.count == names.count ? Set(run.steps.map { row in kept.map { row[$0] } }) : []
    }

    @Test func `a killed run ends as if nobody had killed it`() throws {
        let calm = try ProgramRun("compare", Self.options)
        #expect(calm.end() == 0, "\(calm.standardError)")
        let (broken, folder) = try killed()
        let before = broken.steps.count
        #expect(before < calm.steps.count)
        let resumed = try resume(broken, folder)
        #expect(resumed.end() == 0, "\(resumed.standardError)")
        #expect(resumed.standardError.contains("steps kept of 10: switch"))
        #expect(resumed.runFolder == nil)
        #expect(broken.results["outcome"] as? String == "finished")
        #expect(broken.steps.count == calm.steps.count)
        #expect(lasting(calm).count == 21)
        let isSame = lasting(broken) == lasting(calm)
        #expect(isSame)
        // Nobody had planned that.
        let survival = broken.results["survival"] as? [String: Any]
        #expect(survival?["verdict"] as? String == "U")
    }

    @Test func `a run that has finished stays as it is`() throws {
        let kill = ["--fault", "kind=kill,npu=2,at=step 2", "--set", "recovery.policy=\"restart\""]
        let run = try ProgramRun("compare", Self.options + kill)
        #expect(run.end() == 0, "\(run.standardError)")
        let folder = try #require(run.runFolder)
        let before = try Data(contentsOf: folder.appendingPathComponent("results.json"))
        let again = try resume(run, folder.path, with: kill)
        #expect(again.end() == 0 && again.standardError.contains("nothing is left to run"))
        #expect(try Data(contentsOf: folder.appendingPathComponent("results.json")) == before)
    }

    /// What was seen of a fault is in the folder before the coordinator goes, whoever kills it.
    @Test func `evidence of faults outlives a killed coordinator`() throws {
        let faults = [
            "--fault", "kind=kill,npu=2,at=step 1", "--fault",
            "kind=bandwidth,from=0,to=1,factor=0.25,at=step 2,for=1 step", "--set",
            "recovery.policy=\"restart\"", "--steps", "60",
        ]
        let run = try ProgramRun("compare", Self.options + faults)
        try #require(run.waitForSteps(12), "\(run.standardError)")
        Glibc.kill(run.identifier, SIGKILL)
        #expect(run.end() == 128 + SIGKILL)
        let folder = try #require(run.runFolder).path
        let resumed = try resume(run, folder, with: faults)
        #expect(resumed.end() == 0, "\(resumed.standardError)")
        let records = run.results["faults"] as? [[String: Any]] ?? []
        #expect(records.map { $0["is_proven"] as? Bool } == [true, true], "\(records)")
        let survival = run.results["survival"] as? [String: Any]
        let detection = survival?["detection"] as? [String: Any]
        #expect(detection?["strikes"] as? Int == 2 && detection?["found"] as? Int == 2)
    }

    @Test func `another seed is refused, and the folder stays as it was`() throws {
        let (broken, folder) = try killed()
        let before = broken.steps.count
        let other = try resume(broken, folder, with: ["--seed", "8"])
        #expect(other.end() == 78)
        #expect(other.standardError.contains("plan.toml: the run had seed = 7"))
        #expect(other.standardError.contains("nothing was started"))
        #expect(broken.steps.count == before)
    }

    @Test func `a run that is still going on is refused`() throws {
        let run = try ProgramRun("compare", ProgramRun.long)
        try #require(run.waitForSteps(2), "\(run.standardError)")
        let folder = try #require(run.runFolder).path
        let second = try resume(run, folder)
        #expect(second.end() == 1)
        #expect(second.standardError.contains("a run that is still going on"))
        kill(run.identifier, SIGINT)
        #expect(run.end() == 130)
    }
}
