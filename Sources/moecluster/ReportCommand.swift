import ArgumentParser
import Report
import ResultFiles

/// `moecluster report`: the report of a run or a bench anew from what it left.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Rebuilds the report of a run's folder, or of a bench's."
    )

    @Argument(help: "The folder of a run, or of bench alltoall --out.") var folder: String
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @OptionGroup var speech: SpeechOptions

    func run() throws {
        let console = speech.console
        do throws(FileProblem) {
            let bench = BenchFolder(folder)
            guard !bench.isRecorded else {
                for note in try bench.writePage() { console.warning(note) }
                if json { try console.result(bench.recorded()) }
                return console.info("report: \(folder)/bench.html")
            }
            let run = try LoadedRun.load(folder)
            for note in run.notes { console.warning(note) }
            if run.results.outcome == "running" {
                let advice =
                    switch run.results.verb {
                    case UpCommand.verb: "see moecluster status \(folder)"
                    case SimulateCommand.verb:
                        "play it again with moecluster simulate \(run.folder.file(.plan))"
                    default: "go on with moecluster \(run.results.verb) --resume \(folder)"
                    }
                console.warning(
                    "incomplete: the run goes on, or was killed; \(run.folder.steps.count) steps "
                        + "were written, its results may lack the last of them; \(advice)"
                )
            }
            for note in try run.folder.write(results: run.results, links: run.links) {
                console.warning(note)
            }
            try console.result(
                json
                    ? JSONText.encode(run.results)
                    : ComparisonTable.text(of: run.results, colour: Console.isColourful)
            )
            console.info("report: \(run.folder.path)/report.html")
        } catch {
            console.error("\(error)")
            throw Exit.failed
        }
    }
}
