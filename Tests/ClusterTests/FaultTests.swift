import Foundation
import Testing

/// Faults of the plan, on real workers and in virtual time, with what was seen of them.
@Suite(.serialized, .timeLimit(.minutes(20))) struct FaultTests {
    private func faults(_ run: ProgramRun) -> [[String: Any]] {
        run.results["faults"] as? [[String: Any]] ?? []
    }

    private func verdict(_ run: ProgramRun) -> String? {
        (run.results["survival"] as? [String: Any])?["verdict"] as? String
    }

    private func run(_ verb: String, _ fault: String, _ more: [String] = []) throws -> ProgramRun {
        try ProgramRun(verb, ProgramRun.small + ["--fault", fault] + more)
    }

    /// The same evidence, to the picosecond: waits are modelled on both stages.
    @Test(arguments: [
        "kind=straggler,npu=1,factor=3,at=step 1,for=1 step",
        "kind=compute-jitter,npu=2,at_most=0.5,at=step 0",
        "kind=stall,npu=0,period=2 us,length=1999 ns,at=step 0",
    ])
    func `a fault of computing is seen on workers as in virtual time`(fault: String) throws {
        let (real, virtual) = (try run("compare", fault), try run("simulate", fault))
        #expect([real.end(), virtual.end()] == [0, 0], "\(real.standardError)")
        for run in [real, virtual] {
            #expect(faults(run).first?["is_proven"] as? Bool == true)
            #expect(verdict(run) == "L0")
        }
        let evidence = [real, virtual].map { faults($0).first?["evidence"] as? [String] ?? [] }
        #expect(evidence[0].count == 1 && evidence[0] == evidence[1])
    }

    @Test func `a policy that nothing can call upon is said to be unused`() throws {
        let policy = ["--set", "recovery.policy=\"restart\""]
        let run = try ProgramRun("simulate", ProgramRun.small + policy)
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.standardError.contains("[recovery] is not used here"))
    }

    @Test func `a fault whose effect cannot be seen makes the run inconclusive`() throws {
        let run = try run(
            "simulate",
            "kind=loss,link=hccs,ratio=1/1000000,delay=30 us,at=step 1"
        )
        #expect(run.end() == 1, "\(run.standardError)")
        #expect(faults(run).first?["is_proven"] as? Bool == false)
        #expect(verdict(run) == "inconclusive")
    }

    /// Its assignments and bytes are those that one process makes of plan and seed.
    @Test(arguments: [
        ["exchange.layout=padded", "exchange.pipeline=2"],
        ["routing.top_k=2", "exchange.algorithm=rail"],
        ["parallel.tp=2", "exchange.algorithm=groupwise"], ["parallel.ep=2", "parallel.dp=2"],
    ])
    func `a hurt run is compared with one without faults, whichever way its bytes go`(
        options: [String]
    ) throws {
        let run = try run(
            "compare",
            "kind=straggler,npu=1,factor=3,at=step 1",
            options.flatMap { ["--set", $0] }
        )
        #expect(run.end() == 0, "\(run.standardError)")
        let survival = run.results["survival"] as? [String: Any] ?? [:]
        #expect(run.equality == true, "\(survival["state_note"] ?? "")")
    }

    @Test(arguments: ["kind=kill,npu=3,at=step 1", "kind=node-kill,node=1,at=step 1"])
    func `a killed process is reaped, found and started again`(fault: String) throws {
        let run = try run("compare", fault, ["--set", "recovery.policy=\"restart\""])
        #expect(run.end() == 0, "\(run.standardError)")
        let record = faults(run).first ?? [:]
        #expect(record["is_proven"] as? Bool == true)
        #expect(record["discoverer"] is String && record["detected_after_ms"] is Double)
        #expect(record["recovered_after_ms"] is Double)
        #expect(verdict(run) == "L3" && run.equality == true)
        #expect(run.steps.count == 13)
    }

    /// A phase, a time of the emulated clock, a message: the same worker dies, wherever it is.
    @Test(arguments: ["step 1 combine", "3 us", "4th message from 3 to 0"])
    func `a process is killed in the middle of a step`(moment: String) throws {
        let run = try run(
            "run",
            "kind=kill,npu=3,at=\(moment)",
            ["--set", "recovery.policy=\"restart\""]
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(faults(run).first?["is_proven"] as? Bool == true)
        #expect(verdict(run) == "L3")
        #expect(run.steps.count == 4)
    }

    @Test func `without recovery a kill ends the run, and what was measured is kept`() throws {
        let run = try run("compare", "kind=kill,npu=3,at=step 1")
        #expect(run.end() == 1)
        #expect(faults(run).first?["is_proven"] as? Bool == true)
        #expect(verdict(run) == "F")
        // The names of columns, and the first step of four routers.
        #expect(run.steps.count == 5)
    }

    @Test func `moments that nobody plays yet are refused before the start`() throws {
        let run = try run("compare", "kind=expert-lost,expert=1,at=12 ms")
        #expect(run.end() == 78)
        #expect(
            run.standardError.contains("expert-lost at or until anything but the start of a step")
        )
    }
}
