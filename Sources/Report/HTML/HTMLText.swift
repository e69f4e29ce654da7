// Text that becomes part of a page: escaped once, here, wherever it comes from.

/// Pieces of HTML.
enum HTMLText {
    /// `text` with every character escaped that means something in HTML or in an attribute.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// Running text, escaped, in which a number keeps its unit on its line.
    static func prose(_ text: String) -> String {
        var result = ""
        for word in text.split(separator: " ") {
            let unit = word.prefix { $0 == "%" || $0 == "/" || $0.isLetter }
            let isUnit = units.contains(String(unit)) && result.last?.isNumber == true
            result += (result.isEmpty ? "" : isUnit ? "\u{a0}" : " ") + word
        }
        return escape(result)
    }

    private static let units: Set = [
        "%", "µs", "ms", "s", "B", "KB", "MB", "GB", "TB", "GB/s", "ranks",
    ]

    /// A list of plain texts.
    static func list(_ items: [String]) -> String {
        "<ul>" + items.map { "<li>\(prose($0))</li>" }.joined() + "</ul>"
    }
}

/// A table of a page; all texts are plain and are escaped when it is written.
struct HTMLTable {
    /// What the table shows, with units and statistics.
    var caption: String
    var headers: [String]
    /// The first cell of a row is its header, with a detail below it after a line end; a row of
    /// one cell is a heading over all columns.
    var rows: [[String]] = []
    /// How many columns from the left hold words, not numbers.
    var wordColumns = 1

    /// The table in a box that scrolls sideways on a narrow screen.
    var html: String {
        let head = headers.enumerated().map { index, header in
            let kind = index < wordColumns ? " class=\"word\"" : ""
            return "<th scope=\"col\"\(kind)>\(HTMLText.escape(header))</th>"
        }.joined()
        let label = HTMLText.escape(caption)
        return """
            <p class="caption">\(label)</p>
            <div class="scroll" role="region" tabindex="0" aria-label="\(label)">
            <table aria-label="\(label)">
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(rows.map(row).joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    private func nameAndDetail(_ cell: String) -> String {
        let lines = cell.split(separator: "\n", maxSplits: 1).map { HTMLText.escape(String($0)) }
        return lines.count == 2 ? "\(lines[0])<small>\(lines[1])</small>" : lines.joined()
    }

    private func row(_ cells: [String]) -> String {
        if cells.count == 1, headers.count > 1 {
            return "<tr class=\"group\"><th colspan=\"\(headers.count)\" scope=\"colgroup\">"
                + "\(HTMLText.escape(cells[0]))</th></tr>"
        }
        let texts = cells.enumerated().map { index, cell in
            let text = HTMLText.escape(cell)
            if index == 0 { return "<th scope=\"row\">\(nameAndDetail(cell))</th>" }
            return index < wordColumns ? "<td class=\"word\">\(text)</td>" : "<td>\(text)</td>"
        }
        return "<tr>\(texts.joined())</tr>"
    }
}
