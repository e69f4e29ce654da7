// [[faults]], [recovery] and --fault.

import ClusterModel
import Configuration
import Faults
import Testing

@Suite struct FaultConfigurations {
    private func configuration(_ text: String, faults: [String] = [])
        -> Result<RunConfiguration, ConfigurationProblems>
    {
        do {
            return .success(
                try PlanReader.configuration(
                    from: text,
                    file: "cluster.toml",
                    faults: faults.map(FaultOption.init)
                )
            )
        } catch {
            return .failure(error)
        }
    }

    private func report(_ text: String, faults: [String] = []) -> [String] {
        switch configuration(text, faults: faults) {
        case .success: []
        case .failure(let error): error.problems.map(\.description)
        }
    }

    @Test func `tables and options become faults, in their order`() throws {
        let text = """
            [[faults]]
            at = "step 5"
            kind = "kill"
            npu = 3
            [[faults]]
            kind = "bandwidth"
            factor = 0.5
            link = "roce"
            every = "2 steps"
            [recovery]
            policy = ["retry", "restart"]
            retry_max = 5
            """
        let options = ["kind=never-starts,npu=1"]
        let faults = try configuration(text, faults: options).get().faults
        #expect(faults.specs.map(\.kind.name) == ["kill", "bandwidth", "never-starts"])
        #expect(faults.specs[0].target == .npu(Rank(3)))
        #expect(faults.recovery == RecoveryPolicy(ladder: [.retry, .restart], retryMax: 5))
        #expect(faults.seed == 7)
    }

    @Test(
        arguments: [
            ("never", nil), ("after 1 step", 1), ("after 12 steps", 12),
        ] as [(String, Int?)]
    )
    func `who was left out comes back when the configuration says so`(
        text: String,
        steps: Int?
    ) throws {
        let faults = try configuration("[recovery]\nrejoin = \"\(text)\"").get().faults
        #expect(faults.recovery.rejoinAfter == steps)
    }

    @Test(arguments: ["\"after 0 steps\"", "\"after 5\"", "\"later\"", "5"])
    func `or a mistake is named`(text: String) throws {
        let lines = report("[recovery]\nrejoin = \(text)")
        #expect(lines.count == 1 && lines[0].contains("after 5 steps"), "\(lines)")
    }

    @Test func `without any there are none`() throws {
        let faults = try configuration("").get().faults
        #expect(faults == FaultPlan(specs: [], recovery: .abort, seed: 7))
    }

    @Test func `a configuration of every kind survives being written and read`() throws {
        var read = try configuration("").get()
        let ground = FaultGround(read.plan)
        read.faults.specs = FaultKind.names.flatMap { name in
            let budget = FaultBudget(count: 3...3, only: [name])
            return FaultDraw(budget: budget, ground: ground).schedule(seed: 1)
        }
        read.faults.recovery = RecoveryPolicy(
            ladder: [.retry, .exclude],
            excludeMax: 4,
            resendMax: 0,
            resendStepMax: 9,
            rejoinAfter: 5
        )
        let written = PlanFile.render(read)
        #expect(try configuration(written).get() == read, "\(written)")
        #expect(read.faults.specs.count == 3 * FaultKind.names.count)
    }

    @Test func `every mistake has its line, all at once`() {
        let text = """
            [[faults]]
            at = "stpe 5"
            kind = "kill"
            npu = 3

            [[faults]]
            at = "step 5"
            kind = "strangler"
            [[faults]]
            at = "step 5"
            kind = "kill"
            [[faults]]
            at = "step 5"
            kind = "kill"
            nup = 3
            [recovery]
            policy = ["restart", "retry"]
            """
        let lines = report(text, faults: ["kind=exit,npu=1,at=step 1,coed=3"])
        let starts = [
            "cluster.toml:2: faults.at: \"stpe 5\" does not fit; expected \"launch\", \"step 5\"",
            "cluster.toml:8: faults.kind: \"strangler\" is no kind of fault; expected one of kill",
            "cluster.toml:9: faults: no target; expected npu, or target = \"random\"",
            "cluster.toml:12: faults: no target",
            "cluster.toml:15: faults.nup: no key of this fault; expected one of kind, at",
            "cluster.toml:17: recovery.policy: [\"restart\", \"retry\"] does not go from gentle",
            "--fault kind=exit,npu=1,at=step 1,coed=3: faults.coed: no key of this fault",
        ]
        #expect(lines.count == starts.count, "\(lines)")
        for (line, start) in zip(lines, starts) { #expect(line.hasPrefix(start), "\(line)") }
        #expect(lines[1].hasSuffix("did you mean \"straggler\"?"))
        #expect(lines[4].hasSuffix("did you mean \"npu\"?"))
        #expect(lines[6].hasSuffix("did you mean \"code\"?"))
    }

    @Test func `a fault must fit the cluster`() {
        #expect(
            report("[[faults]]\nkind = \"kill\"\nat = \"step 12\"\nnpu = 8") == [
                "cluster.toml:3: faults.at: step 12 of a run of 12 steps, warm-up included; "
                    + "expected step 0 to 11",
                "cluster.toml:4: faults.npu: 8 of 8 NPUs; expected a number from 0 to 7",
            ]
        )
    }

    @Test func `faults written in one line have that line`() {
        let text = "\nfaults = [{kind = \"kill\", npu = 9, at = \"step 1\"}]"
        #expect(report(text).map { $0.prefix(15) } == ["cluster.toml:2:"])
        #expect(report("[faults]\nkind = \"kill\"").count == 1)
    }
}
