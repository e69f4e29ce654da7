// A run's folder: runs/<UTC time>-<name>/. Steps are written as they come, the rest in one move,
// so that a failure loses nothing that was measured.

import Glibc
import Report

/// The folder that one run leaves behind.
///
///     var folder = try RunFolder.create(parent: "runs", name: "compare") { folder in
///         try folder.writePlan(toml)
///         try folder.write(results: results, links: [])        // outcome "running"
///     }
///     try folder.append(step)                                  // after each step
///     let notes = try folder.write(results: results, links: links)
///
/// `write` may be called any number of times. A folder gets its name when it is filled: there is
/// none that `moecluster report` and `--resume` cannot read, whenever its run was killed.
public struct RunFolder: Sendable {
    /// "runs/2026-03-01T14-05-09Z-compare".
    public let path: String
    /// Where its files lie: elsewhere until the folder has its name.
    private var place: String
    /// What was appended so far, or read back; of very many the last.
    public private(set) var steps: [StepRecord]
    /// The most steps that are kept in memory, for the trace and the report; all stand in the
    /// files of steps.
    public var stepsMax = Int.max
    /// Lines that could not be written yet, in order.
    private var backlog: [(file: RunFile, line: String)] = []
    /// The most bytes of them that are kept.
    static let backlogMax = 1 << 26

    init(path: String, steps: [StepRecord]) {
        self.path = path
        place = path
        self.steps = steps
    }

    /// Makes a folder of its own for a run, with `log/` in it.
    ///
    /// - Parameters:
    ///   - parent: made if missing.
    ///   - name: what stands behind the time; characters unfit for a path become `-`.
    ///   - secondsSince1970: the time in the name, now unless told otherwise.
    ///   - fill: writes what has to be there as soon as the folder has its name. Until then it
    ///     is hidden, and a process that is killed leaves no more than that.
    /// - Returns: the folder; a number follows its name if two runs began in the same second.
    /// - Throws: `FileProblem` if no folder can be made or filled there.
    public static func create(
        parent: String,
        name: String,
        secondsSince1970: Int = Glibc.time(nil),
        fill: (RunFolder) throws(FileProblem) -> Void = { _ in }
    ) throws(FileProblem) -> RunFolder {
        try Folder.makeWithParents(parent)
        let stamp = Folder.stamp(secondsSince1970: secondsSince1970)
        let first = "\(stamp)-\(Folder.safeName(name))"
        for attempt in 1...1000 {
            let own = attempt == 1 ? first : "\(first)-\(attempt)"
            var folder = RunFolder(path: "\(parent)/\(own)", steps: [])
            guard !TextFile.exists(folder.path) else { continue }
            folder.place = "\(parent)/.\(own).\(getpid())"
            guard try Folder.makeNew(folder.place) else { continue }
            if try folder.takeName(fill) { return folder }
        }
        throw FileProblem(
            path: "\(parent)/\(first)",
            seen: "a thousand runs of this name in one second",
            expected: "a free name",
            advice: "choose another --out DIR"
        )
    }

    /// Fills the hidden folder and names it; `false` if another run has the name by then.
    private mutating func takeName(
        _ fill: (RunFolder) throws(FileProblem) -> Void
    ) throws(FileProblem) -> Bool {
        do throws(FileProblem) {
            try Folder.makeWithParents(logPath)
            try TextFile.replace(file(.stepsCSV), with: StepsCSV.header + "\n")
            try fill(self)
        } catch {
            remove()
            throw error
        }
        // A folder in the way is another run's: it has files, so it is not replaced.
        guard rename(place, path) != 0 else {
            place = path
            return true
        }
        let reason = errno
        remove()
        guard reason == EEXIST || reason == ENOTEMPTY else {
            throw FileProblem(errno: reason, path: path, expected: "room for a new folder")
        }
        return false
    }

    /// Nothing but its own files is in a folder without a name.
    private func remove() {
        for each in RunFile.allCases { unlink(file(each)) }
        rmdir(logPath)
        rmdir(place)
    }

    /// Where logs go.
    public var logPath: String { "\(place)/log" }

    /// Path of one of the files.
    public func file(_ file: RunFile) -> String { "\(place)/\(file.rawValue)" }

    /// Holds the folder for this process until it ends, however it ends.
    ///
    /// - Throws: `FileProblem` if another process holds it.
    public func lock() throws(FileProblem) {
        let descriptor = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileProblem(errno: errno, path: path, expected: "a run's folder")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        close(descriptor)
        throw FileProblem(
            path: path,
            seen: "a run that is still going on",
            expected: "a run that has ended or was killed",
            advice: "wait for its end, or kill its coordinator"
        )
    }

    /// Writes plan.toml, the resolved configuration.
    public func writePlan(_ toml: String) throws(FileProblem) {
        try TextFile.replace(file(.plan), with: toml)
    }

    /// Adds a step to steps.csv and steps.jsonl; both are with the kernel when this returns.
    ///
    /// Lines that are refused are kept, and come before the next ones.
    public mutating func append(_ step: StepRecord) throws(FileProblem) {
        add(step)
        try flush()
    }

    /// Adds a step and all that results are computed from: a run that breaks goes on from there.
    public mutating func append(
        _ step: StepRecord,
        measured: some Encodable
    ) throws(FileProblem) {
        backlog.append((.measured, JSONText.encodeLine(measured) + "\n"))
        add(step)
        try flush()
    }

    private mutating func add(_ step: StepRecord) {
        if steps.count >= stepsMax { steps.removeFirst() }
        steps.append(step)
        backlog.append((.stepsJSON, JSONText.encodeLine(step) + "\n"))
        backlog.append((.stepsCSV, StepsCSV.row(step) + "\n"))
    }

    /// Writes what was refused before.
    public mutating func flush() throws(FileProblem) {
        while let next = backlog.first {
            try TextFile.append(next.line, to: file(next.file))
            backlog.removeFirst()
        }
    }

    /// Whether more can be kept of what is refused.
    public var hasRoomForRefused: Bool {
        backlog.reduce(0) { $0 + $1.line.utf8.count } < Self.backlogMax
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
