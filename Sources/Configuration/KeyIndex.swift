// Finds the line on which a key stands. The TOML library gives positions for syntax errors only,
// and keeps no order, so a small scanner walks the text a second time. It looks for keys alone and
// relies on the library having accepted the text.

/// The line of every key and section header of a valid TOML text.
struct KeyIndex {
    private var lines: [SettingPath: Int] = [:]

    init(_ text: String) {
        var scanner = KeyScanner(text)
        while let (path, line) = scanner.next() {
            // A dotted key opens its sections too; the first mention is the one to show.
            for count in 1...max(1, path.names.count) {
                let prefix = SettingPath(Array(path.names.prefix(count)))
                lines[prefix] = lines[prefix] ?? line
            }
        }
    }

    /// The line of `path`, counted from 1; inside an inline table, the line of the table.
    func line(of path: SettingPath) -> Int {
        var path = path
        while !path.names.isEmpty {
            if let line = lines[path] { return line }
            path = path.parent
        }
        return 1
    }
}
