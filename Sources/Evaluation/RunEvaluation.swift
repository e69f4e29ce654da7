// From all steps of a run to its results: routers beside each other on identical tokens.

import ClusterModel
import Exchange
import Report
import Statistics

/// The steps of a run.
public struct RunEvaluation: Sendable {
    private let plan: ClusterPlan
    private let routers: [String]
    private let baseline: Int
    private let steps: [StepEvaluation]
    /// Sums of the steps before them, index = router.
    private let earlier: [StepTotals]

    /// Takes all steps, warm-up included: those count nowhere.
    public init(plan: ClusterPlan, steps: [StepEvaluation]) {
        self.init(plan: plan, history: StepHistory(plan, steps: steps))
    }

    /// Takes the steps of a history: its sums are of all, quantiles and means of those kept in full.
    public init(plan: ClusterPlan, history: StepHistory) {
        self.plan = plan
        earlier = history.earlier
        let steps = history.steps
        routers = plan.routing.routers.map(\.rawValue)
        baseline = plan.routing.routers.firstIndex(of: plan.routing.baseline) ?? 0
        self.steps = steps.filter { !$0.outcome.isWarmup }
    }

    private var evaluations: [RouterEvaluation] {
        routers.indices.map { index in
            RouterEvaluation(
                name: routers[index],
                steps: steps.filter { $0.outcome.router == index },
                earlier: earlier[index],
                plan: plan
            )
        }
    }

    /// Routers that have at least one measured step.
    public var routerResults: [RouterResults] {
        let all = evaluations
        return all.filter { !$0.steps.isEmpty }.map { $0.results(baseline: all[baseline]) }
    }

    public var linkRecords: [LinkRecord] { evaluations.flatMap(\.links) }

    public var verdict: FidelityVerdict {
        let measured = evaluations.filter { !$0.steps.isEmpty }
        var lateness = LatenessHistogram()
        var share = 0.0
        for router in measured {
            let own = router.lateness
            lateness.merge(own)
            guard router.dispatchMedian > 0 else { continue }
            share = max(share, Double(own.quantile(0.99)) / 1e6 / router.dispatchMedian)
        }
        return FidelityVerdict(
            lateness: lateness,
            share: share,
            error: measured.map { max($0.alltoallError, $0.alltoallMeanError) }.max() ?? 0,
            cpuBusy: mean(of: steps.map(\.outcome.cpuBusy)) ?? 0,
            rateShareMax: steps.map(\.outcome.rateShareMax).max() ?? 0
        )
    }

    /// Wrong bytes or tokens anywhere, and the first of them.
    public var verification: Verification {
        var all = Verification()
        for totals in earlier { all += totals.verification }
        for step in steps { all += step.outcome.verification }
        return all
    }

    /// Tokens that experts kept, less those that came back whole, of each step, and of steps that
    /// are kept as sums; empty where nothing moved.
    public var balance: [Int] {
        earlier.flatMap { [$0.lost, -$0.duplicated] }.filter { $0 != 0 }
            + steps.compactMap(\.balance)
    }

    public var wallMs: Double {
        let sums = earlier.reduce(0) { $0 + Double($1.wallNanoseconds) / 1e6 }
        return steps.reduce(sums) { $0 + Double($1.outcome.wallNanoseconds) / 1e6 }
    }

    public var skippedMs: Double {
        let sums = earlier.reduce(0) { $0 + Double($1.skippedNanoseconds) / 1e6 }
        return steps.reduce(sums) { $0 + Double($1.outcome.skippedNanoseconds) / 1e6 }
    }
}
