// The folder of a run that did not end, taken up again: whole lines are kept, a line that was cut
// off is dropped, and the files that hold the same steps agree again.

import Report

/// A run's folder with the steps that it holds, in full.
public struct BrokenFolder<Step: Decodable & Sendable>: Sendable {
    public let folder: RunFolder
    public let steps: [Step]
    /// plan.toml as it stands.
    public let plan: String
    /// Of the last results that were written; `nil` if there are none.
    public let results: RunResults?
    /// What was odd but could be read over.
    public let notes: [String]
    /// The file of measured steps as it stands.
    private let measured: String

    /// Takes the folder up; nobody else can until this process ends.
    ///
    /// - Parameters:
    ///   - path: the folder.
    ///   - record: the row of steps.csv of a step.
    /// - Returns: the folder with its whole steps.
    /// - Throws: `FileProblem` if it is no run's folder, if its run is still going on, or naming
    ///   the line that cannot be read.
    public static func takeUp(
        _ path: String,
        record: (Step) -> StepRecord
    ) throws(FileProblem) -> BrokenFolder {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let empty = RunFolder(path: path, steps: [])
        let plan = try TextFile.read(empty.file(.plan))
        try empty.lock()
        let file = empty.file(.measured)
        let text = TextFile.exists(file) ? try TextFile.read(file) : ""
        var notes: [String] = []
        let steps = try whole(text, in: file, notes: &notes)
        return BrokenFolder(
            folder: RunFolder(path: path, steps: steps.map(record)),
            steps: steps,
            plan: plan,
            results: try? LoadedRun.load(path).results,
            notes: notes,
            measured: text
        )
    }

    /// Makes the files agree again; until then nothing in the folder has changed.
    public func mend() throws(FileProblem) { try folder.rewrite(measured: measured) }

    /// A last line without its end was cut off.
    private static func whole(
        _ text: String,
        in path: String,
        notes: inout [String]
    ) throws(FileProblem) -> [Step] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if let rest = lines.popLast(), !rest.isEmpty {
            notes.append("\(path): line \(lines.count + 1) was cut off; its step runs again")
        }
        var steps: [Step] = []
        for (index, line) in lines.enumerated() {
            switch JSONText.decode(Step.self, from: line) {
            case .success(let step): steps.append(step)
            case .failure(let mismatch):
                throw FileProblem(
                    path: path,
                    seen: "line \(index + 1): \(mismatch.seen)",
                    expected: "a measured step as JSON",
                    advice: "delete that line and those after it: their steps run again"
                )
            }
        }
        return steps
    }
}

extension RunFolder {
    /// Writes the files of steps anew, without what was cut off.
    func rewrite(measured text: String) throws(FileProblem) {
        let end = text.lastIndex(of: "\n").map(text.index(after:)) ?? text.startIndex
        try TextFile.replace(file(.measured), with: String(text[..<end]))
        let lines = steps.map { JSONText.encodeLine($0) + "\n" }
        try TextFile.replace(file(.stepsJSON), with: lines.joined())
        let rows = [StepsCSV.header] + steps.map(StepsCSV.row)
        try TextFile.replace(file(.stepsCSV), with: rows.joined(separator: "\n") + "\n")
    }
}
