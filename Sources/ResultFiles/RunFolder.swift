// A run's folder: runs/<UTC time>-<name>/. Steps are written as they come, the rest in one move,
// so that a failure loses nothing that was measured.

import Glibc
import Report

/// The folder that one run leaves behind.
///
///     var folder = try RunFolder.create(parent: "runs", name: "compare")
///     try folder.writePlan(toml)
///     try folder.append(step)                                  // after each step
///     let notes = try folder.write(results: results, links: links)
///
/// `write` may be called any number of times. Called once before the first step, with an
/// outcome such as "running", it lets `moecluster report` read even a run that was killed.
public struct RunFolder: Sendable {
    /// "runs/2026-03-01T14-05-09Z-compare".
    public let path: String
    /// What was appended so far, or read back.
    public private(set) var steps: [StepRecord]

    init(path: String, steps: [StepRecord]) {
        self.path = path
        self.steps = steps
    }

    /// Makes a folder of its own for a run, with `log/` in it.
    ///
    /// - Parameters:
    ///   - parent: made if missing.
    ///   - name: what stands behind the time; characters unfit for a path become `-`.
    ///   - secondsSince1970: the time in the name, now unless told otherwise.
    /// - Returns: the folder; a number follows its name if two runs began in the same second.
    /// - Throws: `FileProblem` if no folder can be made there.
    public static func create(
        parent: String,
        name: String,
        secondsSince1970: Int = Glibc.time(nil)
    ) throws(FileProblem) -> RunFolder {
        try Folder.makeWithParents(parent)
        let stamp = Folder.stamp(secondsSince1970: secondsSince1970)
        let first = "\(parent)/\(stamp)-\(Folder.safeName(name))"
        for attempt in 1...1000 {
            let path = attempt == 1 ? first : "\(first)-\(attempt)"
            guard try Folder.makeNew(path) else { continue }
            let folder = RunFolder(path: path, steps: [])
            try Folder.makeWithParents(folder.logPath)
            try TextFile.replace(folder.file(.stepsCSV), with: StepsCSV.header + "\n")
            return folder
        }
        throw FileProblem(
            path: first,
            seen: "a thousand runs of this name in one second",
            expected: "a free name",
            advice: "choose another --out DIR"
        )
    }

    /// Where logs go.
    public var logPath: String { "\(path)/log" }

    /// Path of one of the files.
    public func file(_ file: RunFile) -> String { "\(path)/\(file.rawValue)" }

    /// Writes plan.toml, the resolved configuration.
    public func writePlan(_ toml: String) throws(FileProblem) {
        try TextFile.replace(file(.plan), with: toml)
    }

    /// Adds a step to steps.csv and steps.jsonl; both are with the kernel when this returns.
    public mutating func append(_ step: StepRecord) throws(FileProblem) {
        steps.append(step)
        try TextFile.append(JSONText.encodeLine(step) + "\n", to: file(.stepsJSON))
        try TextFile.append(StepsCSV.row(step) + "\n", to: file(.stepsCSV))
    }

    /// Adds a step and all that results are computed from: a run that breaks goes on from there.
    public mutating func append(
        _ step: StepRecord,
        measured: some Encodable
    ) throws(FileProblem) {
        try TextFile.append(JSONText.encodeLine(measured) + "\n", to: file(.measured))
        try append(step)
    }

    /// Writes results.json, links.csv, trace.json and report.html, each in one move.
    ///
    /// - Returns: notes for people, such as that the report has no charts and why.
    /// - Throws: `FileProblem` of the first file that could not be written; those before it
    ///   stand. results.json comes first.
    @discardableResult
    public func write(
        results: RunResults,
        links: [LinkRecord]
    ) throws(FileProblem) -> [String] {
        try TextFile.replace(file(.results), with: JSONText.encode(results))
        let rows = [LinksCSV.header] + links.map(LinksCSV.row)
        try TextFile.replace(file(.links), with: rows.joined(separator: "\n") + "\n")
        let trace = TraceJSON.text(of: steps, npusPerNode: results.npusPerNode)
        try TextFile.replace(file(.trace), with: trace)
        return try writeReport(results: results, links: links)
    }

    private func writeReport(
        results: RunResults,
        links: [LinkRecord]
    ) throws(FileProblem) -> [String] {
        var script: String?
        var notes: [String] = []
        do throws(FileProblem) {
            script = try VegaLibrary.load()
        } catch {
            notes.append("report.html has tables but no charts: \(error)")
        }
        let html = ReportHTML.text(
            of: results,
            steps: steps,
            links: links,
            folder: path,
            vegaScript: script
        )
        try TextFile.replace(file(.report), with: html)
        return notes
    }
}

/// The files of a run's folder.
public enum RunFile: String, Sendable, CaseIterable {
    case plan = "plan.toml"
    case results = "results.json"
    case stepsCSV = "steps.csv"
    /// The same steps in full, a JSON object a line: what `moecluster report` reads.
    case stepsJSON = "steps.jsonl"
    /// Every step with all that results are computed from: what `--resume` reads.
    case measured = "measured.jsonl"
    case links = "links.csv"
    case trace = "trace.json"
    case report = "report.html"
}
