import Foundation
import Glibc
import Testing

/// Workers that exit, stop, are killed again and again, or crash.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ProcessFaultTests {
    @Test(arguments: [("abort", 1, "F"), ("restart", 0, "L3")])
    func `a worker that exits is reaped with its code`(
        policy: String,
        code: Int32,
        verdict: String
    ) throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=exit,code=7,npu=1,at=step 1"],
            policy: policy
        )
        #expect(run.end() == code, "\(run.standardError)")
        #expect(run.evidence == [["reaped, exited with 7"]] && run.areProven == [true])
        #expect(run.verdict == verdict && run.isClean)
        #expect(run.faults.first?["detected_after_ms"] is Double)
    }

    @Test func `a short pause costs time and nothing else`() throws {
        let run = try ProgramRun("run", faults: ["kind=pause,npu=2,at=step 1,for=200 ms"])
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true] && run.verdict == "L0")
        #expect(run.evidence.first?.first?.hasPrefix("silent for 2") == true)
        #expect(run.faults.first?["healed_at"] is String)
        #expect(run.incidents.isEmpty && run.isClean && run.steps.count == 4)
    }

    @Test(arguments: [("restart", "L3"), ("exclude", "L4")])
    func `a worker that stays stopped is found by its silence`(
        policy: String,
        verdict: String
    ) throws {
        let run = try ProgramRun("run", faults: ["kind=pause,npu=2,at=step 1"], policy: policy)
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true] && run.verdict == verdict)
        #expect(run.equality == (policy == "restart" ? true : nil))
        #expect(run.incidents.map { $0["rank"] as? Int } == [2])
        #expect(run.faults.first?["detected_after_ms"] is Double)
        #expect(run.isClean && run.steps.count == 4)
    }

    /// Each strike has an incident of its own: none is repaired by what followed a later one.
    @Test func `several strikes at one rank are told apart`() throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=kill,npu=1,at=step 0,every=1 step"],
            policy: "restart",
            ["--set", "recovery.restart_max=5"]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true, true, true] && run.verdict == "L3")
        let detected = run.faults.map { $0["detected_after_ms"] as? Double ?? -1 }
        let recovered = run.faults.map { $0["recovered_after_ms"] as? Double ?? -1 }
        let walls = run.incidents.map { $0["detected_ms"] as? Double ?? 0 }
        for strike in 0..<3 {
            #expect(0 <= detected[strike] && detected[strike] <= recovered[strike])
            guard strike < 2 else { continue }
            let next = walls[strike + 1] - walls[strike]
            #expect(recovered[strike] - detected[strike] < next)
        }
    }

    @Test func `of a node that is killed every process is reaped before the verdict`() throws {
        let run = try ProgramRun("run", faults: ["kind=node-kill,node=1,at=step 1"])
        #expect(run.end() == 1)
        let reaped = "reaped, killed by signal 9"
        #expect(run.evidence == [[reaped, reaped]] && run.areProven == [true])
        #expect(run.verdict == "F")
    }

    /// SIGSYS: Swift's runtime may catch the others, and go on after one that nothing had raised.
    @Test(arguments: [(SIGSYS, "F"), (SIGTERM, "U")])
    func `a crash is a failure, and who is ended from outside is neither`(
        signal: Int32,
        verdict: String
    ) throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=straggler,npu=0,factor=2,at=step 0"],
            policy: "restart",
            ["--steps", "40"]
        )
        try #require(run.waitForSteps(2), "\(run.standardError)")
        kill(try #require(WorkerProcesses.of(run)[3]), signal)
        _ = run.end()
        #expect(run.verdict == verdict, "\(run.reasons)")
        #expect(run.reasons.first?.contains("worker 3 killed by signal \(signal)") == true)
    }
}
