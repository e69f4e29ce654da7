// Which standing cluster a verb is about, and what is said of one that stands no more.

import ArgumentParser
import Faults
import Membership
import Report
import ResultFiles

/// Where standing clusters are looked for.
struct StandingOptions: ParsableArguments {
    @Option(help: "Where 'up' made the folder, if none is named.") var out = "runs"

    /// The cluster of a folder, or the newest that stands; if none does the newest that once did.
    ///
    /// - Throws: the exit code, after saying what was looked for.
    func place(_ folder: String?, _ console: Console) throws -> StandingPlace {
        if let folder {
            let isSlashed = folder.count > 1 && folder.hasSuffix("/")
            let place = StandingPlace(folder: isSlashed ? String(folder.dropLast()) : folder)
            guard place.isThere || place.isHeld else {
                console.error(
                    "\(folder): no standing cluster and none that once stood; expected a folder "
                        + "that 'moecluster up' has made, or none to take the newest in \(out)/"
                )
                throw Exit.failed
            }
            return place
        }
        let all = StandingPlace.all(in: out)
        guard let place = all.first(where: \.isHeld) ?? all.first else {
            console.error(
                "\(out)/: no standing cluster and none that once stood; start one with "
                    + "'moecluster up', or name its folder"
            )
            throw Exit.failed
        }
        return place
    }
}

extension StandingPlace {
    /// What the folder shows of a cluster that nobody can ask any more, in a line, whether its end
    /// was a good one, and whether it failed by itself.
    var remains: (text: String, isGood: Bool, hasFailed: Bool) {
        let results: RunResults
        do throws(FileProblem) {
            results = try LoadedRun.load(folder).results
        } catch {
            return ("\(folder): \(error)", false, false)
        }
        let steps = results.routers.first?.steps ?? 0
        guard results.outcome != "running" else {
            return (
                "\(folder): its coordinator was killed; \(steps) measured steps, survival "
                    + "\(results.survival.verdict) and fidelity \(results.fidelity.verdict) when "
                    + "results were last written",
                false,
                true
            )
        }
        let hasFinished = results.outcome == "finished"
        let reasons = results.survival.reasons.joined(separator: "; ")
        let leaks = results.leaks.processes + results.leaks.sockets + results.leaks.sharedMemory
        let text =
            "\(folder): \(hasFinished ? "down" : "ended: \(results.outcome)"); \(steps) measured "
            + "steps, survival \(results.survival.verdict)"
            + (reasons.isEmpty ? "" : " (\(reasons))")
            + ", fidelity \(results.fidelity.verdict), \(leaks) leaks; report: "
            + "\(folder)/report.html"
        let hasFailed =
            results.survival.verdict == SurvivalLevel.failed.rawValue
            || !hasFinished && results.outcome != "\(RunFailure.interrupted)"
        let isShown = results.survival.verdict != SurvivalLevel.inconclusive.rawValue
        return (text, hasFinished && !hasFailed && isShown, hasFailed)
    }
}
