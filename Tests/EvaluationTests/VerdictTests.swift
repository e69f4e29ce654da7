import ClusterModel
import Exchange
import Report
import Statistics
import Testing

@testable import Evaluation

@Suite struct `The verdict on a run` {
    private func verdict(share: Double = 0, error: Double = 0) -> FidelityVerdict {
        FidelityVerdict(
            lateness: LatenessHistogram(),
            share: share,
            error: error,
            cpuBusy: 0.5
        )
    }

    @Test func `trusts what was on time and as simulated`() {
        let report = verdict(share: 0.0099, error: 0.0099).report(dilation: 100)
        #expect(report.verdict == "trusted")
        #expect(report.advice.isEmpty)
    }

    @Test(arguments: [(0.01, 0.0, "150"), (0.03, 0.0, "450"), (0.0, 0.02, "300"), (9, 9, "800")])
    func `suspects the rest, and names a better dilation`(
        share: Double,
        error: Double,
        better: String
    ) {
        let report = verdict(share: share, error: error).report(dilation: 100)
        #expect(report.verdict == "suspect")
        #expect(report.advice.contains("raise dilation to \(better) "))
        #expect(report.advice.contains("cluster.dilation=\(better)"))
    }

    @Test func `of late chunks is suspect by their share of a dispatch`() throws {
        var late = try outcome(seed: 1)
        for _ in 0..<100 { late.lateness.record(picoseconds: 5_000_000) }
        let plan = try plan()
        let step = try StepEvaluation([late], plan: plan, router: "switch")
        let verdict = RunEvaluation(plan: plan, steps: [step]).verdict
        #expect(abs(verdict.share - 5 / step.dispatchTime.microseconds) < 1e-9)
        #expect(!verdict.isTrusted)
    }

    @Test func `of exchanges slower than simulated is suspect`() throws {
        var slow = try outcome(seed: 1)
        for rank in slow.stageEnds.indices {
            let end = slow.stageEnds[rank][3]
            slow.stageEnds[rank][3] = end + Interval(picoseconds: 2_000_000)
        }
        let plan = try plan()
        let steps = [try StepEvaluation([slow], plan: plan, router: "switch")]
        let verdict = RunEvaluation(plan: plan, steps: steps).verdict
        #expect(verdict.share == 0)
        #expect(verdict.error > 0.01)
        #expect(!verdict.isTrusted)
    }

    @Test func `counts no warm-up`() throws {
        var warmup = try outcome(seed: 1, isWarmup: true)
        warmup.lateness.record(picoseconds: 900_000_000)
        warmup.verification.mismatch("wrong")
        let plan = try plan()
        let steps = [
            try StepEvaluation([warmup], plan: plan, router: "switch"),
            try StepEvaluation([outcome(seed: 2, step: 1)], plan: plan, router: "switch"),
        ]
        let run = RunEvaluation(plan: plan, steps: steps)
        #expect(run.verdict.isTrusted)
        #expect(run.wallMs == 5)
        #expect(run.verification.mismatches == 0)
    }
}

@Suite struct `Routers beside each other` {
    /// Both routers over the same steps; the second ends `delay` picoseconds later.
    private func run(seeds: [UInt64], delay: Int64 = 0) throws -> RunEvaluation {
        let plan = try plan()
        var steps: [StepEvaluation] = []
        for (step, seed) in seeds.enumerated() {
            for router in 0..<2 {
                var outcome = try outcome(seed: seed, step: step, router: router)
                if router == 1 {
                    for rank in outcome.stageEnds.indices {
                        let end = outcome.stageEnds[rank][3]
                        outcome.stageEnds[rank][3] = end + Interval(picoseconds: delay)
                    }
                }
                let name = plan.routing.routers[router].rawValue
                steps.append(try StepEvaluation([outcome], plan: plan, router: name))
            }
        }
        return RunEvaluation(plan: plan, steps: steps)
    }

    @Test func `are equal when they did the same`() throws {
        for router in try run(seeds: [1, 2, 3, 4]).routerResults {
            let versus = router.versusBaseline
            #expect(versus.stepTimeRatio == 1)
            #expect(versus.interNodeBytesRatio == 1)
            let interval = try #require(versus.ci95)
            try #require(interval.count == 2)
            #expect(interval[0] <= 1 && interval[1] >= 1)
        }
    }

    @Test func `differ when one is slower at every step`() throws {
        let results = try run(seeds: [1, 2, 3, 4], delay: 20_000_000).routerResults
        let versus = try #require(results.last).versusBaseline
        #expect(versus.stepTimeRatio > 1.05)
        #expect(try #require(versus.ci95)[0] > 1)
        #expect(results[0].versusBaseline.stepTimeRatio == 1)
    }

    @Test func `have no interval after one step`() throws {
        let results = try run(seeds: [1]).routerResults
        #expect(results.allSatisfy { $0.versusBaseline.ci95 == nil })
    }

    @Test func `account for every token and byte`() throws {
        let results = try run(seeds: [1, 2]).routerResults
        for router in results {
            #expect(router.steps == 2)
            #expect(router.tokens.routed + router.tokens.dropped == router.tokens.offered)
            let total = router.traffic.joined().reduce(0, +)
            let bytes = router.bytes
            #expect(bytes.local + bytes.intraNode + bytes.interNode == total)
            #expect(router.efficiency > 0 && router.efficiency <= 1)
        }
    }

    @Test func `tell what goes to experts from what ranks sum`() throws {
        let plan = try plan()
        var exchanged = try outcome(seed: 1)
        exchanged.segment = .forward(layer: 0)
        var summed = try outcome(seed: 2)
        summed.segment = .sumDense
        let alone = try StepEvaluation([exchanged], plan: plan, router: "switch")
        let both = try StepEvaluation([exchanged, summed], plan: plan, router: "switch")
        #expect(both.record.bytes == alone.record.bytes)
        #expect(alone.record.sumBytes == nil)
        let sums = try #require(both.record.sumBytes)
        #expect(sums.interNode > 0)
        // In steps kept in full as in those of which only the sum is.
        for kept in [1, 2] {
            var history = StepHistory(plan, stepsMax: kept)
            history.append(both)
            history.append(both)
            let run = RunEvaluation(plan: plan, history: history)
            let results = try #require(run.routerResults.first)
            #expect(results.bytes.interNode == 2 * alone.record.bytes.interNode)
            #expect(results.sumBytes?.interNode == 2 * sums.interNode)
            let own = results.bytes.local + results.bytes.intraNode + results.bytes.interNode
            #expect(results.traffic.joined().reduce(0, +) == own)
            // Links carried both.
            let carried = run.linkRecords.reduce(0) { $0 + $1.bytes }
            #expect(
                carried == results.bytes.intraNode + results.bytes.interNode
                    + 2 * (sums.intraNode + sums.interNode)
            )
        }
    }

    @Test func `count the tokens of a tensor-parallel group once`() throws {
        var plan = try plan()
        plan.parallel = ParallelDegrees(tp: 2, ep: 2, dp: 1)
        var step = try outcome(seed: 1)
        // Both ranks of a group read the same.
        for (mate, leader) in [(1, 0), (3, 2)] {
            step.inputs[mate].dropped = step.inputs[leader].dropped
        }
        let record = try StepEvaluation([step], plan: plan, router: "switch").record
        #expect(record.offered == 2 * 160)
        #expect(record.dropped == step.inputs[0].dropped + step.inputs[2].dropped)
        #expect(record.routed + record.dropped == record.offered)
    }
}
