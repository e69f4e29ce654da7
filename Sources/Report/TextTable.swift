// A table of plain text: two header lines (what, then statistic and unit), rows below.

/// Columns of text, the first to the left, the others to the right.
struct TextTable {
    /// Where lines end.
    static let width = 100

    /// One column's headers: what it is, then its statistic and unit.
    struct Column {
        var title: String
        var unit: String
    }

    var columns: [Column]
    var rows: [[String]] = []

    /// The lines, two spaces between columns, or one where a hundred characters ask for it.
    var lines: [String] {
        let cells = [columns.map(\.title), columns.map(\.unit)] + rows
        let widths = columns.indices.map { column in
            cells.map { $0[column].count }.max() ?? 0
        }
        let total = widths.reduce(0, +) + 2 * (widths.count - 1)
        let gap = total <= TextTable.width ? "  " : " "
        return cells.map { row in
            let padded = zip(row, widths).enumerated().map { index, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + space : space + cell.0
            }
            return TextTable.withoutTrailingSpace(padded.joined(separator: gap))
        }
    }

    private static func withoutTrailingSpace(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    /// `text` broken at spaces, behind a label, its further lines indented as far.
    static func labelled(_ label: String, _ text: String, indent: Int = 11) -> [String] {
        let margin = String(repeating: " ", count: indent)
        return wrapped(text, width: width - indent).enumerated().map { index, line in
            guard index == 0 else { return margin + line }
            return label + String(repeating: " ", count: max(1, indent - label.count)) + line
        }
    }

    /// `text` broken at spaces into lines of at most `width` characters.
    static func wrapped(_ text: String, width: Int = TextTable.width) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines.count - 1
            if lines[last].isEmpty {
                lines[last] = String(word)
            } else if lines[last].count + 1 + word.count > width {
                lines.append(String(word))
            } else {
                lines[last] += " " + word
            }
        }
        return lines
    }
}
