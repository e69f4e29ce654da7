import Testing

/// Workers that start late, never, or die as they start.
@Suite(.serialized, .timeLimit(.minutes(20))) struct LaunchFaultTests {
    @Test func `a worker that starts late is waited for`() throws {
        let run = try ProgramRun("run", faults: ["kind=slow-start,npu=2,delay=300 ms"])
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true] && run.verdict == "L0")
        #expect(run.evidence.first?.first?.hasPrefix("not there until ") == true)
        #expect(run.faults.first?["applied_at"] as? String == "launch")
        #expect(run.incidents.isEmpty && run.isClean && run.steps.count == 4)
    }

    @Test(arguments: [(3, 0, "L3", 3), (2, 1, "F", 3)])
    func `a crash loop ends well if the ladder is long enough`(
        restarts: Int,
        code: Int32,
        verdict: String,
        starts: Int
    ) throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=crash-loop,npu=1,times=3"],
            policy: "restart",
            ["--set", "recovery.restart_max=\(restarts)"]
        )
        #expect(run.end() == code, "\(run.standardError)")
        #expect(run.evidence == [["\(starts) starts came to nothing"]])
        #expect(run.areProven == [true] && run.verdict == verdict && run.isClean)
        #expect(run.faults.first?["detected_after_ms"] is Double)
        #expect((run.faults.first?["healed_at"] != nil) == (code == 0))
    }

    @Test(arguments: [("exclude", 0, "L4"), ("abort", 1, "F")])
    func `a worker that never starts is done without, or ends the run`(
        policy: String,
        code: Int32,
        verdict: String
    ) throws {
        let run = try ProgramRun("run", faults: ["kind=never-starts,npu=3"], policy: policy)
        #expect(run.end() == code, "\(run.standardError)")
        #expect(run.evidence == [["1 start came to nothing"]] && run.areProven == [true])
        #expect(run.verdict == verdict && run.isClean)
        #expect(run.incidents.map { $0["rank"] as? Int } == [3])
    }

    @Test func `who cannot come back stays away, and the others go on`() throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=crash-loop,npu=1,times=2"],
            policy: "exclude",
            ["--set", "recovery.rejoin=\"after 1 step\""]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.evidence == [["2 starts came to nothing"]])
        #expect(run.areProven == [true] && run.verdict == "L4" && run.isClean)
        #expect(run.incidents.map { $0["measure"] as? String } == ["exclude", "exclude"])
        #expect(run.steps.count == 4)
    }

    @Test func `who was left out at the launch comes back`() throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=crash-loop,npu=1,times=1"],
            policy: "exclude",
            ["--set", "recovery.rejoin=\"after 1 step\""]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true] && run.verdict == "L4" && run.isClean)
        #expect(run.incidents.count == 1 && run.incidents.first?["rejoin_ms"] is Double)
        #expect(run.steps.count == 4)
    }
}
