// Reads one TOML value as the plan prints it: strings, numbers, booleans and arrays of these.
// Whole documents, tables, dates and multi-line strings are Configuration's business.

/// A reader of one TOML value.
struct TOMLValueParser {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    /// The value, `nil` if the text is none or something follows it.
    mutating func parseWhole() -> PlanNode? {
        guard let value = parseValue() else { return nil }
        skipBlanks()
        return rest.isEmpty ? value : nil
    }

    private mutating func parseValue() -> PlanNode? {
        skipBlanks()
        switch rest.first {
        case "\"": return parseBasicString()
        case "'": return parseLiteralString()
        case "[": return parseArray()
        default: return parseBare()
        }
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0.isWhitespace }
    }

    private mutating func parseLiteralString() -> PlanNode? {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: "'") else { return nil }
        defer { rest = rest[rest.index(after: end)...] }
        return .string(String(rest[..<end]))
    }

    private mutating func parseBasicString() -> PlanNode? {
        rest.removeFirst()
        var text = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return .string(text)
            case "\\":
                guard let escaped = parseEscape() else { return nil }
                text.append(escaped)
            default: text.append(character)
            }
        }
        return nil
    }

    private mutating func parseEscape() -> Character? {
        switch rest.popFirst() {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "b": return "\u{8}"
        case "f": return "\u{c}"
        case "\"": return "\""
        case "\\": return "\\"
        case "u": return parseScalar(digits: 4)
        case "U": return parseScalar(digits: 8)
        default: return nil
        }
    }

    private mutating func parseScalar(digits: Int) -> Character? {
        let text = rest.prefix(digits)
        guard text.count == digits, let value = UInt32(text, radix: 16) else { return nil }
        rest = rest.dropFirst(digits)
        return Unicode.Scalar(value).map(Character.init)
    }

    private mutating func parseArray() -> PlanNode? {
        rest.removeFirst()
        var items: [PlanNode] = []
        while true {
            skipBlanks()
            if rest.first == "]" {
                rest.removeFirst()
                return .array(items)
            }
            guard let item = parseValue() else { return nil }
            items.append(item)
            skipBlanks()
            if rest.first == "," {
                rest.removeFirst()
            } else if rest.first != "]" {
                return nil
            }
        }
    }

    private mutating func parseBare() -> PlanNode? {
        let word = rest.prefix { !$0.isWhitespace && $0 != "," && $0 != "]" }
        rest = rest[word.endIndex...]
        if word == "true" { return .boolean(true) }
        if word == "false" { return .boolean(false) }
        let digits = word.filter { $0 != "_" }
        guard let first = digits.first(where: { $0 != "-" && $0 != "+" }), first.isNumber else {
            return nil
        }
        if let value = Int(digits) { return .integer(value) }
        return Double(digits).map(PlanNode.number)
    }
}
