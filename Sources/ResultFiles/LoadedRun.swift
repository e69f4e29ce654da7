// Reading a run's folder back, for `moecluster report DIR`.

import Report

/// What a run's folder holds.
///
///     let run = try LoadedRun.load("runs/2026-03-01T14-05-09Z-compare")
///     try run.folder.write(results: run.results, links: run.links)     // rebuilds the report
public struct LoadedRun: Sendable {
    /// With its steps read back.
    public let folder: RunFolder
    public let results: RunResults
    public let links: [LinkRecord]
    /// What was odd but could be read over, such as a last line cut off by a crash.
    public let notes: [String]

    /// The schema of results.json that this version reads.
    public static let schema = 1

    /// Reads results.json, steps.jsonl and links.csv.
    ///
    /// - Throws: `FileProblem` naming the file and, within it, the line or key.
    public static func load(_ path: String) throws(FileProblem) -> LoadedRun {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard Folder.exists(path) else {
            throw FileProblem(
                path: path,
                seen: "no folder",
                expected: "a run's folder, as in runs/2026-03-01T14-05-09Z-compare",
                advice: "name a folder below runs/"
            )
        }
        let empty = RunFolder(path: path, steps: [])
        let results = try results(in: empty.file(.results))
        var notes: [String] = []
        let steps = try steps(in: empty.file(.stepsJSON), notes: &notes)
        return LoadedRun(
            folder: RunFolder(path: path, steps: steps),
            results: results,
            links: try links(in: empty.file(.links)),
            notes: notes
        )
    }

    private static func results(in path: String) throws(FileProblem) -> RunResults {
        let text = try TextFile.read(path)
        guard case .success(let header) = JSONText.decode(SchemaHeader.self, from: text) else {
            throw mismatch(path, text, RunResults.self)
        }
        guard header.schema == schema else {
            throw FileProblem(
                path: path,
                seen: "schema \(header.schema)",
                expected: "schema \(schema)",
                advice: "read it with the version of moecluster that wrote it"
            )
        }
        guard case .success(let results) = JSONText.decode(RunResults.self, from: text) else {
            throw mismatch(path, text, RunResults.self)
        }
        return results
    }

    private struct SchemaHeader: Decodable {
        var schema: Int
    }

    private static func mismatch<Value: Decodable>(
        _ path: String,
        _ text: String,
        _ type: Value.Type
    ) -> FileProblem {
        var seen = "text that is not a run's results"
        if case .failure(let mismatch) = JSONText.decode(type, from: text) { seen = mismatch.seen }
        return FileProblem(
            path: path,
            seen: seen,
            expected: "results of schema \(schema)",
            advice: "restore the file, or run again; steps.csv is readable without it"
        )
    }

    /// A file that is missing holds no steps; a last line without its end was cut off.
    private static func steps(
        in path: String,
        notes: inout [String]
    ) throws(FileProblem) -> [StepRecord] {
        guard let text = try readIfThere(path) else { return [] }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        var steps: [StepRecord] = []
        for (index, line) in lines.enumerated() {
            switch JSONText.decode(StepRecord.self, from: line) {
            case .success(let step): steps.append(step)
            case .failure where index == lines.count - 1 && !text.hasSuffix("\n"):
                notes.append("\(path): line \(index + 1) was cut off and left out")
            case .failure(let mismatch):
                throw brokenLine(path, index, mismatch.seen, "a step record as JSON")
            }
        }
        return steps
    }

    private static func links(in path: String) throws(FileProblem) -> [LinkRecord] {
        guard let text = try readIfThere(path) else { return [] }
        var links: [LinkRecord] = []
        for (index, line) in text.split(separator: "\n").enumerated().dropFirst() {
            guard let link = LinksCSV.link(from: line) else {
                throw brokenLine(path, index, "\"\(line.prefix(60))\"", LinksCSV.header)
            }
            links.append(link)
        }
        return links
    }

    private static func readIfThere(_ path: String) throws(FileProblem) -> String? {
        TextFile.exists(path) ? try TextFile.read(path) : nil
    }

    private static func brokenLine(
        _ path: String,
        _ index: Int,
        _ seen: String,
        _ expected: String
    ) -> FileProblem {
        FileProblem(
            path: path,
            seen: "line \(index + 1): \(seen)",
            expected: expected,
            advice: "restore or delete that line"
        )
    }
}
