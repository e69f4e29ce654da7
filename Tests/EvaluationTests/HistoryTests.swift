import ClusterModel
import Exchange
import Report
import Testing

@testable import Evaluation

@Suite struct `A history of steps` {
    /// Eight steps of two routers, one of them a warm-up.
    private func history(stepsMax: Int) throws -> (StepHistory, ClusterPlan) {
        let plan = try plan()
        var history = StepHistory(plan, stepsMax: stepsMax)
        for step in 0..<8 {
            for router in 0..<2 {
                let outcome = try outcome(
                    seed: UInt64(step),
                    step: step,
                    router: router,
                    isWarmup: step == 0
                )
                let name = plan.routing.routers[router].rawValue
                history.append(try StepEvaluation([outcome], plan: plan, router: name))
            }
        }
        return (history, plan)
    }

    @Test(arguments: [1, 4, 15]) func `keeps the last steps and sums of all`(kept: Int) throws {
        let (short, plan) = try history(stepsMax: kept)
        let (whole, _) = try history(stepsMax: .max)
        #expect(short.steps.count == kept && short.count == 16 && whole.steps.count == 16)
        let one = RunEvaluation(plan: plan, history: short)
        let all = RunEvaluation(plan: plan, history: whole)
        #expect(one.wallMs == all.wallMs && one.skippedMs == all.skippedMs)
        #expect(one.verification == all.verification)
        #expect(one.balance.reduce(0, +) == all.balance.reduce(0, +))
        #expect(short.notOffered(tokensPerRank: 64) == whole.notOffered(tokensPerRank: 64))
        for results in one.routerResults {
            let other = try #require(all.routerResults.first { $0.name == results.name })
            #expect(results.steps == 7 && other.steps == 7)
            #expect(results.bytes == other.bytes && results.traffic == other.traffic)
            #expect(results.tokens.offered == other.tokens.offered)
            #expect(results.tokens.dropped == other.tokens.dropped)
            #expect(results.verified == other.verified)
            #expect(
                results.stepTimeUs.samples
                    == Array(other.stepTimeUs.samples.suffix(results.stepTimeUs.samples.count))
            )
        }
    }
}
