import ClusterModel
import Exchange
import Faults
import Testing

@testable import FaultPlay

private let layout = RankLayout(
    nodes: 1,
    npusPerNode: 2,
    parallel: ParallelDegrees(tp: 1, ep: 2, dp: 1),
    experts: 2
)

/// What two ranks put into a step whose experts keep these, and drop that.
private func inputs(_ kept: [[Int]], dropped: Int) -> [RankInput] {
    kept.map {
        RankInput(
            send: [0, 0],
            kept: $0,
            offered: 10,
            dropped: dropped,
            capacity: 10,
            gate: .zero,
            expert: .zero,
            bufferBytes: 0
        )
    }
}

private func outcome(_ inputs: [RankInput], excluded: [Rank] = []) -> StepOutcome {
    var outcome = StepOutcome(
        step: 1,
        router: 0,
        isWarmup: false,
        inputs: inputs,
        algorithm: AlgorithmChoice(.direct, reason: "")
    )
    outcome.excluded = excluded
    return outcome
}

private func book(_ fault: String) throws -> FaultBook {
    let plan = FaultPlan(specs: [try FaultSpec(inline: fault)], seed: 7)
    let ground = FaultGround(
        nodes: 1,
        npusPerNode: 2,
        experts: 2,
        steps: 4,
        links: [.hccs]
    )
    return FaultBook(plan.events(on: ground), over: .mesh(layout))
}

@Suite struct `What hurt experts cost` {
    @Test func `loads and drops are compared with the same step unhurt`() throws {
        var book = try book("kind=expert-lost,expert=1,at=step 1")
        book.compare { _, _ in [inputs([[4, 5], [6, 3]], dropped: 1)] }
        book.begin(step: 0, router: 0)
        #expect(book.expertHurts.isEmpty)
        book.begin(step: 1, router: 0)
        #expect(book.expertHurts == [ExpertHurt(expert: ExpertIndex(1), kind: .lost)])
        book.observe([outcome(inputs([[4, 0], [6, 0]], dropped: 5))])
        #expect(book.outcomes[0].proofs == [.load(before: 8, during: 0)])
        #expect(book.outcomes[0].isProven && book.toll.dropped == 8)
        // Gone for good.
        book.begin(step: 3, router: 0)
        #expect(book.expertHurts.count == 1 && book.outcomes[0].healed == nil)
    }

    /// Sums and the way back say nothing of where tokens went.
    @Test func `of several layers all loads and drops count`() throws {
        var book = try book("kind=expert-lost,expert=1,at=step 1")
        book.compare { _, _ in
            [inputs([[4, 5], [6, 3]], dropped: 1), inputs([[1, 2], [3, 4]], dropped: 0)]
        }
        book.begin(step: 1, router: 0)
        let segments: [StepSegment] = [.forward(layer: 0), .forward(layer: 1), .backward(layer: 1)]
        book.observe(
            segments.enumerated().map { index, segment in
                var outcome = outcome(inputs([[4, 0], [6, index]], dropped: 5))
                outcome.segment = segment
                return outcome
            }
        )
        #expect(book.outcomes[0].proofs == [.load(before: 14, during: 1)])
        #expect(book.toll.dropped == 18)
    }

    @Test func `a full expert that is hot shows at the others, unless those are hurt themselves`()
        throws
    {
        for (fault, isProven) in [
            ("kind=hot-expert,expert=1,share=1/2,at=step 1", true),
            ("kind=expert-lost,expert=1,at=step 1", false),
        ] {
            var book = try book(fault)
            book.compare { _, _ in [inputs([[4, 5], [6, 5]], dropped: 1)] }
            book.begin(step: 1, router: 0)
            book.observe([outcome(inputs([[2, 5], [5, 5]], dropped: 4))])
            #expect(book.outcomes[0].proofs == [.load(before: 10, during: 10), .moved(3)])
            #expect(book.outcomes[0].isProven == isProven)
        }
    }

    @Test func `one that is lost for a while comes back`() throws {
        var book = try book("kind=expert-lost,expert=1,at=step 1,for=1 step")
        book.begin(step: 1, router: 0)
        #expect(book.expertHurts.count == 1)
        book.begin(step: 2, router: 0)
        #expect(book.expertHurts.isEmpty && book.outcomes[0].healed?.step == 2)
    }

    @Test func `who is left out is not counted, and what changes nothing proves nothing`() throws {
        var book = try book("kind=hot-expert,expert=1,share=1/2,at=step 1,for=1 step")
        book.compare { _, _ in [inputs([[4, 5], [6, 3]], dropped: 1)] }
        book.begin(step: 1, router: 0)
        book.observe([outcome(inputs([[4, 5], [0, 0]], dropped: 1), excluded: [Rank(1)])])
        #expect(book.outcomes[0].proofs == [.load(before: 5, during: 5)])
        #expect(!book.outcomes[0].isProven && book.toll.dropped == 0)
        book.begin(step: 2, router: 0)
        #expect(book.expertHurts.isEmpty && book.outcomes[0].healed?.step == 2)
    }
}
