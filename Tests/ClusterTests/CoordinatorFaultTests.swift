import Foundation
import Glibc
import Testing

/// A coordinator that stops, is killed, or loses a worker's control connection.
@Suite(.serialized, .timeLimit(.minutes(20))) struct CoordinatorFaultTests {
    @Test func `a coordinator that stops is let go on, and no worker is blamed`() throws {
        let run = try ProgramRun("run", faults: ["kind=coordinator-pause,at=step 1,for=900 ms"])
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true] && run.verdict == "L0")
        #expect(run.evidence.first?.first?.hasPrefix("silent for ") == true)
        // Longer than half a second: it finds that it had been away.
        #expect(run.faults.first?["discoverer"] as? String == "coordinator")
        #expect(run.incidents.isEmpty && run.isClean && run.steps.count == 4)
    }

    @Test func `a pause that nobody would end is refused before the start`() throws {
        let run = try ProgramRun("run", faults: ["kind=coordinator-pause,at=step 1"])
        #expect(run.end() == 78)
        #expect(run.standardError.contains("coordinator-pause without a time in \"for\""))
    }

    @Test(arguments: [("abort", 1, "F"), ("restart", 0, "L3")])
    func `a worker whose control connection ends follows it`(
        policy: String,
        code: Int32,
        verdict: String
    ) throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=control-lost,npu=1,at=step 1"],
            policy: policy
        )
        #expect(run.end() == code, "\(run.standardError)")
        #expect(run.evidence == [["the connection was closed"]] && run.areProven == [true])
        #expect(run.verdict == verdict && run.isClean)
        #expect(run.workersLog.contains("worker 1: lost the coordinator"))
    }

    @Test func `a killed coordinator takes its workers along, and its run goes on`() throws {
        let options = ["--steps", "6"]
        let run = try ProgramRun("run", faults: ["kind=coordinator-kill,at=step 4"], options)
        try #require(run.waitForSteps(1), "\(run.standardError)")
        let workers = Array(WorkerProcesses.of(run).values)
        #expect(run.end() == 128 + SIGKILL)
        #expect(ProgramRun.poll(within: 2) { WorkerProcesses.alive(among: workers).isEmpty })
        #expect(run.areProven == [false] && run.evidence.first?.count == 1)
        #expect(run.steps.count == 5)

        let folder = try #require(run.runFolder).path
        let resumed = try ProgramRun(
            "run",
            ProgramRun.small + options + ["--fault", "kind=coordinator-kill,at=step 4"]
                + ["--resume", folder],
            tokens: run.folder.appendingPathComponent("tokens")
        )
        #expect(resumed.end() == 0, "\(resumed.standardError)")
        #expect(run.areProven == [true] && run.evidence.first?.count == 2)
        #expect(run.verdict == "L5" && run.isClean && run.steps.count == 7)
    }

    @Test func `a run that goes on has used of its ladder what it had used before`() throws {
        let faults = [
            "kind=kill,npu=1,at=step 1", "kind=coordinator-kill,at=step 3",
            "kind=kill,npu=2,at=step 4",
        ]
        let options = ["--steps", "6", "--set", "recovery.restart_max=1"]
        let run = try ProgramRun("run", faults: faults, policy: "restart", options)
        #expect(run.end() == 128 + SIGKILL, "\(run.standardError)")
        #expect(run.incidents.map { $0["measure"] as? String } == ["restart"])

        let resumed = try ProgramRun(
            "run",
            ProgramRun.small + options + ["--set", "recovery.policy=\"restart\""]
                + faults.flatMap { ["--fault", $0] }
                + ["--resume", try #require(run.runFolder).path],
            tokens: run.folder.appendingPathComponent("tokens")
        )
        #expect(resumed.end() == 1, "\(resumed.standardError)")
        #expect(run.incidents.map { $0["measure"] as? String } == ["restart", "abort"])
        #expect(run.isClean)
    }
}
