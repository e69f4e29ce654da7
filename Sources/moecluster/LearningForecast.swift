// How long this host will learn for a run, on no clock of its results: before the first step, beside
// the steps, and over the held-out text.

import ClusterModel
import ClusterRuntime

/// Seconds of this host, from one step of each router and each control.
struct LearningForecast {
    /// What each takes for a step.
    private let seconds: [Double]
    private let reference: TrainingReference
    private let plan: ClusterPlan
    private let cores: Int

    /// A look at a token takes a third of learning from it: the way back has two products for one.
    private static let lookShare = 1.0 / 3

    /// Lets each learn a step.
    init(_ plan: ClusterPlan, _ reference: TrainingReference, cores: Int) throws {
        self.plan = plan
        self.reference = reference
        self.cores = max(1, cores)
        seconds = try reference.names.indices.map { router in
            let clock = ContinuousClock()
            let start = clock.now
            _ = try reference.study(router: router)
            return start.duration(to: clock.now) / .seconds(1)
        }
    }

    /// Steps on the clock.
    private var played: Int { plan.workload.warmup + plan.workload.steps }

    /// Looks at the held-out text on the way, up to so many steps of training.
    private func looks(upTo steps: Int) -> Int {
        plan.training.heldOutEvery > 0 ? steps / plan.training.heldOutEvery : 0
    }

    private var looksOnTheClock: Int {
        looks(upTo: plan.training.warmStart + played) - looks(upTo: plan.training.warmStart)
    }

    private func look(_ index: Int) -> Double {
        Double(reference.heldOutSteps) * seconds[index] * Self.lookShare
    }

    /// Seconds before the first step: routers their warm start, controls all they learn.
    var before: Double {
        sideBySide { index in
            let steps = reference.stepsBefore(router: index)
            return Double(steps) * seconds[index] + Double(looks(upTo: steps)) * look(index)
        }
    }

    /// Seconds between steps: one process learns what workers do, one router after the other.
    var beside: Double {
        seconds.indices.filter { !reference.isControl($0) }.reduce(0) {
            $0 + Double(played) * seconds[$1] + Double(looksOnTheClock) * look($1)
        }
    }

    /// Seconds after the last step: everybody goes through the held-out text, if that was not just
    /// done.
    var after: Double {
        let every = plan.training.heldOutEvery
        let isDone = every > 0 && (plan.training.warmStart + played).isMultiple(of: every)
        return isDone ? 0 : sideBySide(look)
    }

    /// How long all take on the host's cores.
    private func sideBySide(_ time: (Int) -> Double) -> Double {
        let times = seconds.indices.map(time)
        return max(times.max() ?? 0, times.reduce(0, +) / Double(cores))
    }

    /// Lines of a forecast.
    var lines: [String] {
        let controls = seconds.indices.filter(reference.isControl).map { reference.names[$0] }
        let steps = controls.first.map { _ in plan.training.warmStart + played } ?? 0
        let all =
            controls.isEmpty ? "" : ", \(controls.joined(separator: " and ")) all \(steps)"
        return [
            "#   learning        about \(text(before)) before the first step (routers "
                + "\(plan.training.warmStart) steps\(all); on \(cores) cores), \(text(beside)) "
                + "beside the steps,",
            "#                   \(text(after)) at the end for held-out text",
        ]
    }

    private func text(_ seconds: Double) -> String { "\(Int(seconds.rounded(.up))) s" }
}
