import Report
import ResultFiles

/// What `train` leaves in a folder beside checkpoints: training.json and report.html.
enum TrainingFiles {
    /// Replaces both, so that whatever comes later loses no run.
    static func write(_ rows: [TrainingRow], into folder: String, _ console: Console) throws {
        var script: String?
        do throws(FileProblem) {
            script = try VegaLibrary.load()
        } catch {
            console.warning("\(folder)/report.html has tables but no charts: \(error)")
        }
        let command = CommandLine.arguments.dropFirst().joined(separator: " ")
        let page = TrainingHTML.text(
            of: rows,
            command: "moecluster " + command,
            vegaScript: script
        )
        try OutputFile.write(
            [("training.json", JSONText.encode(rows)), ("report.html", page)],
            into: folder
        )
    }
}
