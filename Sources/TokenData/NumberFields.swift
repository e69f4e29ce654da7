// As much of JSON as a trace needs, one object of whole numbers and lists of them: the worker
// reads traces, and does without Foundation.

/// A value of a field.
enum NumberField: CustomStringConvertible {
    case number(Int)
    case list([NumberField])
    /// Text, a fraction, true, null, an object: nothing that a trace's reader asks for.
    case other(String)

    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .list(let values): "a list of \(values.count)"
        case .other(let text): String(text.prefix(40))
        }
    }

    /// Lists of numbers; a flat list is cut into rows of `width`.
    func rows(of width: Int) -> [[Int]]? {
        guard case .list(let values) = self else { return nil }
        let flat = values.compactMap(\.asNumber)
        if flat.count == values.count, !values.isEmpty {
            guard width > 0, flat.count.isMultiple(of: width) else { return nil }
            return stride(from: 0, to: flat.count, by: width).map { Array(flat[$0..<$0 + width]) }
        }
        var rows: [[Int]] = []
        for value in values {
            guard case .list(let row) = value else { return nil }
            let numbers = row.compactMap(\.asNumber)
            guard numbers.count == row.count else { return nil }
            rows.append(numbers)
        }
        return rows
    }

    private var asNumber: Int? {
        if case .number(let number) = self { number } else { nil }
    }
}

/// Reads one line.
struct NumberFields {
    private let line: TraceLine
    private let bytes: [UInt8]
    private var place = 0

    /// The fields of the object that stands in a line.
    static func read(_ line: TraceLine) throws(TraceProblem) -> [String: NumberField] {
        var reader = NumberFields(line: line, bytes: Array(line.text.utf8))
        let fields = try reader.object()
        reader.skipSpace()
        guard reader.place == reader.bytes.count else { throw reader.unexpected("the line's end") }
        return fields
    }

    private init(line: TraceLine, bytes: [UInt8]) {
        self.line = line
        self.bytes = bytes
    }

    private mutating func object() throws(TraceProblem) -> [String: NumberField] {
        try take("{")
        var fields: [String: NumberField] = [:]
        guard !isNext("}") else { return fields }
        repeat {
            let name = try text()
            try take(":")
            fields[name] = try value(depth: 0)
        } while isNext(",")
        try take("}")
        return fields
    }

    private mutating func value(depth: Int) throws(TraceProblem) -> NumberField {
        skipSpace()
        guard place < bytes.count else { throw unexpected("a value") }
        switch bytes[place] {
        case UInt8(ascii: "["): return try list(depth: depth + 1)
        case UInt8(ascii: "\""): return .other("\"\(try text())\"")
        case UInt8(ascii: "{"): throw unexpected("a number or a list, no object")
        default: return try word()
        }
    }

    /// Lists in lists go three deep at most: whoever wrote more meant something else.
    private mutating func list(depth: Int) throws(TraceProblem) -> NumberField {
        guard depth <= 3 else { throw unexpected("lists in lists at most") }
        try take("[")
        var values: [NumberField] = []
        guard !isNext("]") else { return .list(values) }
        repeat { values.append(try value(depth: depth)) } while isNext(",")
        try take("]")
        return .list(values)
    }

    /// A number, or a word that is none.
    private mutating func word() throws(TraceProblem) -> NumberField {
        let ends = Set(",]} \t".utf8)
        let start = place
        while place < bytes.count, !ends.contains(bytes[place]) { place += 1 }
        guard place > start else { throw unexpected("a value") }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        return Int(text).map(NumberField.number) ?? .other(text)
    }

    /// A string; escapes stay as they are, for no field that is asked for has any.
    private mutating func text() throws(TraceProblem) -> String {
        try take("\"")
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < bytes.count else { throw unexpected("the end of a string") }
        place += 1
        return String(decoding: bytes[start..<place - 1], as: UTF8.self)
    }

    private mutating func skipSpace() {
        while place < bytes.count, bytes[place] == UInt8(ascii: " ") || bytes[place] == 9 {
            place += 1
        }
    }

    private mutating func isNext(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func take(_ character: Unicode.Scalar) throws(TraceProblem) {
        guard isNext(character) else { throw unexpected("'\(character)'") }
    }

    private func unexpected(_ expected: String) -> TraceProblem {
        guard place < bytes.count else { return line.problem("the line ends", expected) }
        let rest = String(decoding: bytes[place...].prefix(20), as: UTF8.self)
        return line.problem("'\(rest)' at character \(place + 1)", expected)
    }
}
