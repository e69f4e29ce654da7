// `--resume DIR`: a run that was killed goes on with the plan of its folder, from its last step.

import ArgumentParser
import ClusterModel
import Configuration
import Evaluation
import Exchange
import Faults
import Membership
import Report
import ResultFiles

/// What a run that did not end has left: its folder, its steps and its clock.
struct BrokenRun {
    let folder: RunFolder
    let steps: [StepEvaluation]
    /// `nil` if the run was killed before it wrote any results.
    let clock: Clock?
    /// What had failed before; `nil` if no results say so.
    let survival: Survival?
    /// What had been done by faults of the plan.
    let faults: EarlierFaults
    /// Ranks that its last step was played without.
    var leftOut: Set<Rank> { Set(steps.last?.outcome.excluded ?? []) }
    /// What it had used of its recovery ladder.
    let ladder: EarlierLadder
    private let kept: [[Int]: Int]

    /// Takes up the folder and says what is there.
    ///
    /// - Throws: the exit code, after saying why: no run's folder, a run that goes on, another
    ///   plan, or virtual time mixed with measured.
    init(
        _ path: String,
        configuration: RunConfiguration,
        isSimulated: Bool,
        console: Console
    ) throws {
        let broken: BrokenFolder<StepEvaluation>
        do throws(FileProblem) {
            broken = try BrokenFolder.takeUp(path) { $0.record }
        } catch {
            console.error("--resume: \(error); nothing was started")
            throw Exit.failed
        }
        (folder, steps, clock) = (broken.folder, broken.steps, broken.results?.clock)
        survival = broken.results?.survival
        faults = EarlierFaults(broken.results)
        ladder = EarlierLadder(
            survival?.incidents ?? [],
            steps: steps.map { ($0.outcome.step, Set($0.outcome.excluded)) }
        )
        kept = Dictionary(
            steps.map { ([$0.outcome.step, $0.outcome.router], $0.segments) },
            uniquingKeysWith: { $1 }
        )
        guard broken.results?.verb != UpCommand.verb else {
            console.error(
                "--resume: \(path) is of a cluster that stayed, which had no end to come to; "
                    + "expected the folder of a run; nothing was started"
            )
            throw Exit.usage
        }
        for note in broken.notes { console.warning(note) }
        let plan = PlanFile.render(configuration)
        if let difference = Self.difference(PlanFile.renewed(broken.plan), plan) {
            console.error("--resume: \(path)/plan.toml: \(difference); nothing was started")
            throw Exit.configuration
        }
        if let clock, clock.measured.isEmpty != isSimulated {
            console.error(
                "--resume: \(path) holds steps \(isSimulated ? "of workers" : "in virtual time"); "
                    + "expected \(isSimulated ? "no " : "")--simulate; nothing was started"
            )
            throw Exit.usage
        }
        guard !Self.isOver(broken.results, steps, configuration.plan) else {
            console.info(
                "\(path): that run has finished, with all its steps; nothing is left to run, and "
                    + "nothing was changed (moecluster report \(path) shows it)"
            )
            throw ExitCode.success
        }
        do throws(FileProblem) {
            try broken.mend()
        } catch {
            console.error("--resume: \(error); nothing was started")
            throw Exit.failed
        }
        say(configuration.plan, outcome: broken.results?.outcome, console)
    }

    /// Segments of a step that need not run again; `nil` for a step that is missing.
    func segments(of step: Int, router: Int) -> Int? { kept[[step, router]] }

    /// Whether a run came to its end.
    private static func isOver(
        _ results: RunResults?,
        _ steps: [StepEvaluation],
        _ plan: ClusterPlan
    ) -> Bool {
        let total = plan.workload.warmup + plan.workload.steps
        return results?.outcome == "finished" && steps.count == total * plan.routing.routers.count
    }

    private func say(_ plan: ClusterPlan, outcome: String?, _ console: Console) {
        let total = plan.workload.warmup + plan.workload.steps
        let parts = plan.routing.routers.enumerated().map { index, router in
            "\(router.rawValue) \(steps.count { $0.outcome.router == index })"
        }
        let missing = total * plan.routing.routers.count - steps.count
        console.info(
            "\(folder.path): \(outcome.map { "\"\($0)\"" } ?? "no results yet"); "
                + "steps kept of \(total): \(parts.joined(separator: ", ")); \(missing) to run"
        )
    }

    /// The first line that is not the same; `nil` if none.
    private static func difference(_ there: String, _ here: String) -> String? {
        let (old, new) = (there.split(separator: "\n"), here.split(separator: "\n"))
        for index in 0..<max(old.count, new.count) {
            let seen = index < old.count ? String(old[index]) : "nothing more"
            let asked = index < new.count ? String(new[index]) : "nothing more"
            guard seen != asked else { continue }
            return "the run had \(seen), this one has \(asked); expected the same plan and seed"
        }
        return nil
    }
}
