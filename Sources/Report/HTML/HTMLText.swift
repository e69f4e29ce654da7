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

    /// A list of plain texts.
    static func list(_ items: [String]) -> String {
        "<ul>" + items.map { "<li>\(escape($0))</li>" }.joined() + "</ul>"
    }
}

/// A table of a page; all texts are plain and are escaped when it is written.
struct HTMLTable {
    /// What the table shows, with units and statistics.
    var caption: String
    var headers: [String]
    /// The first cell of a row is its header; a row of one cell is a heading over all columns.
    var rows: [[String]] = []
    /// How many columns from the left hold words, not numbers.
    var wordColumns = 1

    /// The table in a box that scrolls sideways on a narrow screen.
    var html: String {
        let head = headers.map { "<th scope=\"col\">\(HTMLText.escape($0))</th>" }.joined()
        let label = HTMLText.escape(caption)
        return """
            <div class="scroll" role="region" tabindex="0" aria-label="\(label)">
            <table><caption>\(label)</caption>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(rows.map(row).joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    private func row(_ cells: [String]) -> String {
        if cells.count == 1, headers.count > 1 {
            return "<tr class=\"group\"><th colspan=\"\(headers.count)\" scope=\"colgroup\">"
                + "\(HTMLText.escape(cells[0]))</th></tr>"
        }
        let texts = cells.enumerated().map { index, cell in
            let text = HTMLText.escape(cell)
            if index == 0 { return "<th scope=\"row\">\(text)</th>" }
            return index < wordColumns ? "<td class=\"word\">\(text)</td>" : "<td>\(text)</td>"
        }
        return "<tr>\(texts.joined())</tr>"
    }
}
