import Foundation
import Testing

/// Experts that are lost or hot, on workers and in virtual time.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ExpertFaultTests {
    @Test(arguments: [
        ("kind=expert-lost,expert=3,at=step 1", "drop", "L4"),
        ("kind=expert-lost,expert=3,at=step 1", "reroute", "L4"),
        ("kind=hot-expert,expert=2,share=1/2,at=step 1,for=1 step", "drop", "L0"),
    ])
    func `what a fault does to an expert is the same on workers and in virtual time`(
        fault: String,
        policy: String,
        verdict: String
    ) throws {
        let options = ["--set", "routing.policy=\"\(policy)\""]
        let real = try ProgramRun("compare", faults: [fault], options)
        let virtual = try ProgramRun("simulate", faults: [fault], options)
        #expect([real.end(), virtual.end()] == [0, 0], "\(real.standardError)")
        for run in [real, virtual] {
            #expect(run.areProven == [true] && run.verdict == verdict)
            #expect(run.reasons.last?.contains("choices of tokens") == true)
        }
        #expect(real.evidence == virtual.evidence && real.reasons == virtual.reasons)
        #expect(real.isClean && real.equality == nil)
    }

    /// One process learns with the same experts hurt, and ends with the same parameters.
    @Test(arguments: [[], ["routing.capacity_scope=global", "model.layers=2"]])
    func `routers learn on where experts are hurt`(options: [String]) throws {
        let corpus = try SmallCorpus()
        let faults = [
            "kind=expert-lost,expert=3,at=step 1 gate", "kind=kill,npu=2,at=step 2",
            "kind=hot-expert,expert=1,share=1/2,at=step 1,for=2 steps",
        ]
        let all =
            options + [
                "routing.routers=[\"switch\", \"locmoe+\"]", "training.controls=off",
                "recovery.policy=restart",
            ]
        let arguments = corpus.learning(all, steps: 3) + faults.flatMap { ["--fault", $0] }
        let run = try ProgramRun("compare", arguments)
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true, true, true] && run.isClean, "\(run.faults)")
        #expect(run.verdict == "L4" && run.equality == true, "\(run.reasons)")
        let virtual = try ProgramRun(
            "simulate",
            corpus.learning(all, steps: 3)
                + [faults[0], faults[2]].flatMap { ["--fault", $0] }
        )
        #expect(virtual.end() == 0, "\(virtual.standardError)")
        #expect(virtual.evidence == [run.evidence[0], run.evidence[2]])
    }

    @Test(arguments: ["step 1 dispatch", "12 us", "3rd message from 0 to 2"])
    func `an expert is not lost where tokens have been sent already`(moment: String) throws {
        let run = try ProgramRun("run", faults: ["kind=expert-lost,expert=3,at=\(moment)"])
        #expect(run.end() == 78)
        #expect(run.standardError.contains("anything but the start of a step"))
    }

    @Test func `an expert stays lost for a worker that is started again`() throws {
        let run = try ProgramRun(
            "run",
            faults: ["kind=expert-lost,expert=7,at=step 1", "kind=kill,npu=2,at=step 2"],
            policy: "restart"
        )
        #expect(run.end() == 0, "\(run.standardError)")
        #expect(run.areProven == [true, true] && run.verdict == "L4" && run.isClean)
        #expect(run.faults.map { $0["recovery"] as? String } == ["exclude", "restart"])
    }
}
