import Testing

@testable import Report

@Suite struct `The status of a cluster that stands` {
    private func status(ranks: Int) -> StandingStatus {
        StandingStatus(
            folder: "runs/2026-03-01T14-05-09Z-up",
            coordinator: 4711,
            state: "resting",
            router: "locmoe+",
            nodes: 2,
            npusPerNode: ranks / 2,
            dilation: 1800,
            uptimeS: 75,
            endsInS: 3525.5,
            steps: 57,
            stepsMax: 7200,
            nextStep: 57,
            samples: 55,
            lastStepUs: 1234.5,
            stepP50Us: 1230,
            emulatedTokensPerS: 3_329_918.4,
            wallTokensPerS: 5_602.7,
            ranks: (0..<ranks).map {
                RankStatus(rank: $0, process: 5000 + $0, state: "up", restarts: $0 == 3 ? 1 : 0)
            },
            faults: [
                FaultRecord(
                    id: 0,
                    kind: "kill",
                    target: "npu 3",
                    requestedAt: "step 28",
                    appliedAt: "step 28, 1739.3 µs",
                    healedAt: nil,
                    evidence: ["reaped, killed by signal 9"],
                    isProven: true,
                    discoverer: "coordinator",
                    cause: "npu 3",
                    detectedAfterMs: 3.6,
                    recoveredAfterMs: 42.1,
                    recovery: "restart"
                )
            ],
            survival: Survival(
                verdict: "L3",
                reasons: ["workers were started again"],
                tokensLost: 0,
                tokensDuplicated: 0
            ),
            fidelity: "trusted",
            advice: ""
        )
    }

    @Test func `is a table of what matters`() {
        #expect(StandingTable.text(of: status(ranks: 4)) == Self.four)
    }

    @Test func `only counts the ranks of a large cluster to which nothing happened`() {
        let text = StandingTable.text(of: status(ranks: 64))
        #expect(text.contains("63 more ranks up, none restarted"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func `finds the step of a record`() {
        #expect(status(ranks: 4).faults[0].appliedStep == 28)
    }

    private static let four = """
        cluster    runs/2026-03-01T14-05-09Z-up: locmoe+ on 2 x 2 NPUs, dilation 1,800, coordinator 4711
        state      resting, 57 of at most 7,200 steps done; up 1 min 15 s, ends in 58 min 45 s at the latest
        step time  last 1,234.5 µs, p50 1,230.0 µs of the last 55 measured, emulated
        tokens/s   3,329,918 emulated, 5,602 wall-clock while steps run
        fidelity   trusted
        survival   L3 so far: workers were started again

        rank  process  state  restarts
        0        5000     up         0
        1        5001     up         0
        2        5002     up         0
        3        5003     up         1

        fault  kind  target    asked  applied  proven  detected  recovered       by  healed
                                                          after      after
        0      kill   npu 3  step 28  step 28     yes      4 ms      42 ms  restart       -

        fault 0    reaped, killed by signal 9
        fault 0    coordinator found npu 3 after 3.6 ms

        """
}
