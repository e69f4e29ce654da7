// Rows of comma-separated values (RFC 4180, but with line feeds).

/// One row of a CSV file, written and read.
enum CSV {
    /// The fields joined, quoted where a comma, a quote or a line end stands in them.
    static func row(_ fields: [String]) -> String {
        fields.map(quote).joined(separator: ",")
    }

    private static func quote(_ field: String) -> String {
        let needsQuotes = field.unicodeScalars.contains {
            $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r"
        }
        guard needsQuotes else { return field }
        let doubled = field.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"" + doubled.joined(separator: "\"\"") + "\""
    }

    /// The fields of one row; `nil` if a quote is left open or stands in a plain field.
    static func fields(of row: some StringProtocol) -> [String]? {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var rest = row[...]
        while let character = rest.popFirst() {
            switch character {
            case "\"" where !isQuoted && field.isEmpty: isQuoted = true
            case "\"" where isQuoted && rest.first == "\"":
                rest.removeFirst()
                field.append("\"")
            case "\"" where isQuoted:
                isQuoted = false
                guard rest.isEmpty || rest.first == "," else { return nil }
            case "\"": return nil
            case "," where !isQuoted:
                fields.append(field)
                field = ""
            default: field.append(character)
            }
        }
        return isQuoted ? nil : fields + [field]
    }
}
