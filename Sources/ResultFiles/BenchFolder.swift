// The folder of a bench: bench.json, bench.csv, crossover.json, and the page of them.

import Report

/// Where `bench alltoall --out` puts what it measured.
public struct BenchFolder {
    private static let rowsFile = "bench.json"
    private static let crossoverFile = "crossover.json"

    public let path: String

    public init(_ path: String) { self.path = path }

    /// Whether a bench has recorded anything there, and no run has.
    public var isRecorded: Bool {
        !TextFile.exists("\(path)/results.json")
            && [Self.rowsFile, Self.crossoverFile].contains { TextFile.exists("\(path)/\($0)") }
    }

    /// What was recorded, as JSON: the rows, or else the crossover.
    public func recorded() throws(FileProblem) -> String {
        let hasRows = TextFile.exists("\(path)/\(Self.rowsFile)")
        return try TextFile.read("\(path)/\(hasRows ? Self.rowsFile : Self.crossoverFile)")
    }

    /// Writes rows, and the page of all that is there.
    ///
    /// - Returns: what is missing from the page, for people.
    public func write(rows: [BenchRow]) throws(FileProblem) -> [String] {
        try OutputFile.write(
            [("bench.csv", BenchCSV.text(of: rows)), (Self.rowsFile, JSONText.encode(rows))],
            into: path
        )
        return try writePage()
    }

    /// Writes a crossover, and the page of all that is there.
    public func write(crossover: [CrossoverRow]) throws(FileProblem) -> [String] {
        try OutputFile.write([(Self.crossoverFile, JSONText.encode(crossover))], into: path)
        return try writePage()
    }

    /// Writes bench.html anew from what was recorded.
    public func writePage() throws(FileProblem) -> [String] {
        let rows: [BenchRow] = try read(Self.rowsFile)
        let crossover: [CrossoverRow] = try read(Self.crossoverFile)
        var script: String?
        var notes: [String] = []
        do throws(FileProblem) {
            script = try VegaLibrary.load()
        } catch {
            notes.append("bench.html has tables but no charts: \(error)")
        }
        let page = BenchHTML.text(
            of: rows,
            crossover: crossover,
            folder: path,
            vegaScript: script
        )
        try OutputFile.write([("bench.html", page)], into: path)
        return notes
    }

    /// The values of a file, none where it is not there.
    private func read<Value: Decodable>(_ name: String) throws(FileProblem) -> [Value] {
        let file = "\(path)/\(name)"
        guard TextFile.exists(file) else { return [] }
        switch JSONText.decode([Value].self, from: try TextFile.read(file)) {
        case .success(let values): return values
        case .failure(let mismatch):
            throw FileProblem(
                path: file,
                seen: "cannot be read: \(mismatch)",
                expected: "what bench alltoall --out wrote",
                advice: "run the bench again, or remove the file"
            )
        }
    }
}
