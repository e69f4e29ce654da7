// The lines of `[[faults]]` tables. KeyIndex knows a path by its names alone, and all of these
// tables have the same.

/// Where each `[[faults]]` table and each of its keys stands.
struct FaultLines {
    /// A table for each header, with the line of the header under "".
    private var tables: [[String: Int]] = []

    init(_ text: String) {
        var scanner = KeyScanner(text)
        while let (path, line) = scanner.next() {
            if path == FaultTables.path {
                tables.append(["": line])
            } else if path.parent == FaultTables.path, !tables.isEmpty {
                tables[tables.count - 1][path.key] = line
            }
        }
    }

    /// The line of `key`, or of its table; `nil` for tables that are written in one line.
    func line(of key: String, table: Int) -> Int? {
        guard tables.indices.contains(table) else { return nil }
        return tables[table][key] ?? tables[table][""]
    }
}
