// A matrix of bytes as text, in the form that nccl-tests reads: square, separated by white space, a
// row for each sender. Opens no file.

import ClusterModel

/// What is wrong with the text of a matrix, as a line for a person.
public struct MatrixTextProblem: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}

extension TrafficMatrix {
    private static let bytesMax = 1 << 40

    /// Reads a matrix that must have as many rows and columns as the world has ranks; `file` is
    /// its name in messages.
    ///
    /// Empty lines and those that begin with # are passed over.
    public init(text: String, file: String, world: Int) throws(MatrixTextProblem) {
        var rows: [[Int]] = []
        // Not at "\n": together with "\r" it is another character.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            let place = "\(file):\(index + 1)"
            let row = try Self.row(words, place)
            guard row.count == world else {
                throw MatrixTextProblem(
                    description: "\(place): \(row.count) columns, expected \(world), one for each "
                        + "rank"
                )
            }
            rows.append(row)
        }
        guard rows.count == world else {
            throw MatrixTextProblem(
                description: "\(file): \(rows.count) rows, expected \(world), one for each rank"
            )
        }
        self.init(rows: rows)
    }

    private static func row(_ words: [Substring], _ place: String) throws(MatrixTextProblem)
        -> [Int]
    {
        var row: [Int] = []
        for word in words {
            guard let value = Int(word), (0...bytesMax).contains(value) else {
                throw MatrixTextProblem(
                    description: "\(place): \(word), expected bytes, 0 to 2^40"
                )
            }
            row.append(value)
        }
        return row
    }

    /// The text that reads back as the matrix of these rows.
    public static func text(_ rows: [[Int]]) -> String {
        rows.map { $0.map(String.init).joined(separator: " ") + "\n" }.joined()
    }
}
