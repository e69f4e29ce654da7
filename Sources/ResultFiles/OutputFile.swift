/// Files that a user names, apart from a run's folder.
public enum OutputFile {
    /// Writes a file that must not be there yet.
    public static func create(_ path: String, with text: String) throws(FileProblem) {
        guard !TextFile.exists(path) else {
            throw FileProblem(
                path: path,
                seen: "is there already",
                expected: "a name that is free",
                advice: "move it, or choose another --out"
            )
        }
        try TextFile.replace(path, with: text)
    }

    /// Writes `texts` by their names into a folder, which is made with what is missing above it.
    public static func write(
        _ texts: [(name: String, text: String)],
        into folder: String
    ) throws(FileProblem) {
        try Folder.makeWithParents(folder)
        for (name, text) in texts { try TextFile.replace("\(folder)/\(name)", with: text) }
    }
}
