import Foundation
import Glibc
import Testing

/// Descriptors that are used up, and a results' folder that takes nothing.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ResourceFaultTests {
    @Test func `a standing cluster needs no more descriptors`() throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=descriptors,npu=1,left=2,at=step 1,for=1 step"]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.evidence == [["open: EMFILE"]] && run.areProven == [true])
        #expect(run.verdict == "L0" && run.isClean)
        #expect(run.faults.first?["healed_at"] is String)
    }

    @Test(arguments: [
        ("folder-full", "for=1 step", "EFBIG"), ("folder-full", "until=step 3", "EFBIG"),
        ("folder-read-only", "for=1 step", "EACCES"),
    ])
    func `a folder that refuses gets all of it later, and nothing by halves`(
        kind: String,
        span: String,
        error: String
    ) throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=\(kind),at=step 1,\(span)"],
            ["--steps", "5"]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.evidence == [["write: \(error)"]] && run.areProven == [true])
        #expect(run.verdict == "L0" && run.isClean)
        #expect(run.standardError.contains("the run goes on and keeps its steps in memory"))
        #expect(run.steps.map(\.first) == ["step", "0", "1", "2", "3", "4"])
        let columns = Set(run.steps.map(\.count))
        #expect(columns.count == 1)
        let folder = try #require(run.runFolder)
        for name in ["measured.jsonl", "steps.jsonl"] {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            #expect(text.split(separator: "\n").count == 5 && text.hasSuffix("}\n"))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.allSatisfy { !$0.hasSuffix(".tmp") })
    }

    /// What the folder refused is gone with the coordinator; which faults were met is not, or each
    /// resumed run would be killed again.
    @Test func `a run that is killed while its folder refuses goes on and ends`() throws {
        let faults = ["kind=folder-full,at=step 1,for=3 steps", "kind=coordinator-kill,at=step 3"]
        let run = try ProgramRun("run", faults: faults, ["--steps", "5"])
        #expect(run.end() == 128 + SIGKILL, "\(run.standardError)")
        #expect(run.steps.count == 2)
        let resumed = try ProgramRun(
            "run",
            ProgramRun.small + ["--steps", "5"] + faults.flatMap { ["--fault", $0] }
                + ["--resume", try #require(run.runFolder).path],
            tokens: run.folder.appendingPathComponent("tokens")
        )
        #expect(resumed.end() == 0, "\(resumed.standardError)")
        #expect(run.areProven == [true, true] && run.verdict == "L5" && run.isClean)
        #expect(run.steps.map(\.first) == ["step", "0", "1", "2", "3", "4"])
    }

    /// Rank 3 connects to those before it, and rank 2 comes back to find it without descriptors.
    @Test func `who cannot connect for want of descriptors blames nobody else`() throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=kill,npu=2,at=step 1", "kind=descriptors,npu=3,left=0,at=step 2"],
            [
                "--nodes", "2", "--npus", "2", "--steps", "6",
                "--set", "recovery.policy=[\"retry\", \"exclude\"]",
                "--set", "recovery.retry_max=1", "--set", "recovery.exclude_max=3",
                "--set", "recovery.rejoin=\"after 2 steps\"",
            ]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.incidents.map { $0["measure"] as? String } == ["exclude", "retry", "exclude"])
        #expect(run.incidents.map { $0["rank"] as? Int } == [2, 3, 3])
        // Both are back in the end.
        #expect(run.incidents[0]["rejoin_ms"] is Double && run.incidents[2]["rejoin_ms"] is Double)
        #expect(run.areProven == [true, true] && run.isClean)
    }
}
