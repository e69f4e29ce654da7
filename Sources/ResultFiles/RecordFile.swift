/// A value kept as JSON in a file of its own: what a run has recorded, beside a checkpoint.
public enum RecordFile {
    /// Whether there is one.
    public static func exists(_ path: String) -> Bool { TextFile.exists(path) }

    /// Replaces the file in one move; its folder is made if missing.
    public static func write(_ value: some Encodable, to path: String) throws(FileProblem) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try Folder.makeWithParents(folder)
        try TextFile.replace(path, with: JSONText.encodeLine(value) + "\n")
    }

    /// Reads what `write` wrote.
    public static func read<Value: Decodable>(
        _ type: Value.Type,
        from path: String
    ) throws(FileProblem) -> Value {
        switch JSONText.decode(type, from: try TextFile.read(path)) {
        case .success(let value): return value
        case .failure(let mismatch):
            throw FileProblem(
                path: path,
                seen: mismatch.seen,
                expected: "a record as JSON",
                advice: "delete the file"
            )
        }
    }
}
