import Exchange
import Statistics
import Testing

@testable import Evaluation

/// Three steps of two routers that take turns, as they were played.
private func steps() throws -> [StepOutcome] {
    try (0..<3).flatMap { step in
        try [step % 2, (step + 1) % 2].map { router in
            try outcome(seed: UInt64(2 * step + router), step: step, router: router)
        }
    }
}

/// A run of these steps beside one in which nothing happened; the numbers of the steps whose bytes
/// were asked for.
private func compareRouted(
    _ change: (inout [StepOutcome]) -> Void,
    hurt: Set<Int> = []
) throws -> (StateComparison, asked: [Int]) {
    let calm = try steps()
    var seen = calm
    change(&seen)
    var asked: [Int] = []
    func find(_ step: Int, _ router: Int) -> StepOutcome? {
        calm.first { $0.step == step && $0.router == router }
    }
    let check = StateCheck(
        routers: ["switch", "locmoe+"],
        expected: .routed(
            inputs: { find($0, $1)?.inputs ?? [] },
            digests: { step, router, stamp in
                asked.append(stamp)
                return find(step, router)?.digests ?? []
            }
        ),
        hurt: hurt
    )
    return (try check.compare(seen), asked)
}

@Suite struct `What a hurt run ends with` {
    @Test func `is compared in all assignments, and in the bytes of the last and the hurt steps`()
        throws
    {
        let (state, asked) = try compareRouted({ _ in }, hurt: [1])
        #expect(state.isEqual == true)
        #expect(asked == [1, 4, 5])
        #expect(
            state.note == "the assignments of 6 steps, and what came back in 3 of them, are those "
                + "of a run without faults, bit for bit"
        )
    }

    @Test func `differs by one token that went elsewhere`() throws {
        let (state, _) = try compareRouted { steps in
            steps[2].inputs[3].kept[0] += 1
            steps[2].inputs[3].dropped -= 1
        }
        #expect(
            state
                == .differs(
                    "in step 1 of locmoe+ tokens of rank 3 went elsewhere than in a run without faults"
                )
        )
    }

    @Test func `differs by bytes, where they are compared`() throws {
        let change = { (steps: inout [StepOutcome]) in steps[1].digests[2] ^= 1 }
        #expect(try compareRouted(change, hurt: [3]).0.isEqual == true)
        #expect(
            try compareRouted(change, hurt: [1]).0
                == .differs(
                    "in step 0 of locmoe+ what came back to rank 2 is not what comes back in a run "
                        + "without faults"
                )
        )
    }

    @Test func `of routers that learn are the parameters after the last step`() throws {
        var steps = try steps()
        for index in steps.indices {
            steps[index].learned = (0..<4).map {
                RankLearned(loss: 1, tokens: 1, parameters: UInt32(10 * index + $0))
            }
        }
        // The last of switch is the fifth that was played, of locmoe+ the sixth.
        var expected = [[40, 41, 42, 43], [50, 51, 52, 53]] as [[UInt32]]
        func compare() throws -> StateComparison {
            let check = StateCheck(
                routers: ["switch", "locmoe+"],
                expected: .learned { expected[$0] },
                hurt: []
            )
            return try check.compare(steps)
        }
        #expect(try compare().isEqual == true)
        expected[1][0] = 7
        expected[1][2] = 7
        #expect(
            try compare()
                == .differs(
                    "after step 2 of locmoe+ the parameters of ranks 0, 2 are not those of a run "
                        + "without faults"
                )
        )
    }
}
