// Walks over TOML that is known to be valid and stops at every section header and key.

/// Yields the full path and the line of each header and key, in the order of the text.
struct KeyScanner {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var section: [String] = []

    init(_ text: String) {
        let byteOrderMark = "\u{FEFF}"
        bytes = Array(text.utf8)
        if text.utf8.starts(with: byteOrderMark.utf8) { at = byteOrderMark.utf8.count }
    }

    mutating func next() -> (SettingPath, line: Int)? {
        skipToStatement()
        guard let byte = current else { return nil }
        let start = line
        if byte == UInt8(ascii: "[") {
            while current == UInt8(ascii: "[") { advance() }
            section = readNames(until: UInt8(ascii: "]"))
            skipLine()
            return (SettingPath(section), start)
        }
        let names = readNames(until: UInt8(ascii: "="))
        skipValue()
        return (SettingPath(section + names), start)
    }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func advance() {
        if bytes[at] == UInt8(ascii: "\n") { line += 1 }
        at += 1
    }

    /// To the next byte that is neither blank nor in a comment.
    private mutating func skipToStatement() {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                advance()
            default: return
            }
        }
    }

    private mutating func skipLine() {
        while let byte = current, byte != UInt8(ascii: "\n") { advance() }
    }

    /// Dotted names, bare or quoted, up to and past `end`.
    private mutating func readNames(until end: UInt8) -> [String] {
        var names: [String] = []
        var name: [UInt8] = []
        while let byte = current, byte != end {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): name += readString()
            case UInt8(ascii: "."):
                names.append(String(decoding: name, as: UTF8.self))
                name = []
                advance()
            case UInt8(ascii: " "), UInt8(ascii: "\t"): advance()
            default:
                name.append(byte)
                advance()
            }
        }
        if current != nil { advance() }
        return names + [String(decoding: name, as: UTF8.self)]
    }

    /// To the end of the line on which the value ends, or to a brace that closes a list.
    private mutating func skipValue() {
        var open: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                _ = readString()
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): open.append(byte)
            case UInt8(ascii: "}") where open.last == UInt8(ascii: "["): return
            case UInt8(ascii: "]"), UInt8(ascii: "}"): _ = open.popLast()
            case UInt8(ascii: "#"):
                skipLine()
                continue
            case UInt8(ascii: "\n") where open.isEmpty: return
            default: break
            }
            advance()
        }
    }

    /// The bytes between quotes, escapes as they stand; on one line or on several.
    private mutating func readString() -> [UInt8] {
        let quote = bytes[at]
        let count = hasRun(of: quote, length: 3) ? 3 : 1
        for _ in 0..<count { advance() }
        let start = at
        while current != nil, !hasRun(of: quote, length: count) {
            // A backslash hides the quote that follows it, but only between double quotes.
            if current == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") { advance() }
            if current != nil { advance() }
        }
        let content = Array(bytes[start..<min(at, bytes.count)])
        if count == 1, current != nil { advance() }
        // Three quotes may close after one or two that belong to the text.
        while count == 3, current == quote { advance() }
        return content
    }

    private func hasRun(of byte: UInt8, length: Int) -> Bool {
        at + length <= bytes.count && bytes[at..<at + length].allSatisfy { $0 == byte }
    }
}

/// What the library cannot read without stopping the process.
struct UnreadableTOML {
    /// Where the statement with it begins, in bytes.
    let statement: Int
    /// Where it is.
    let offset: Int
    let reason: String
}

extension KeyScanner {
    /// The first statement that the library has no error for: a section header that no name
    /// follows, as in `[[[` or `[=`, or a list that a brace closes.
    ///
    /// What stands before it has to be valid; in a text with an earlier mistake it may find one
    /// that is none.
    mutating func unreadable() -> UnreadableTOML? {
        skipToStatement()
        while let byte = current {
            let start = at
            if byte == UInt8(ascii: "["), !isNamed(headerAt: at) {
                let reason = "a section header that no name follows"
                return UnreadableTOML(statement: start, offset: start, reason: reason)
            }
            _ = next()
            if byte != UInt8(ascii: "["), current == UInt8(ascii: "}") {
                let reason = "a list that a brace closes"
                return UnreadableTOML(statement: start, offset: at, reason: reason)
            }
            skipToStatement()
        }
        return nil
    }

    /// Whether a name comes after the brackets, or what the library refuses by itself.
    private func isNamed(headerAt start: Int) -> Bool {
        var rest = bytes[start...].dropFirst().drop(while: Self.isBlank)
        if rest.first == UInt8(ascii: "["), rest.startIndex == start + 1 {
            rest = rest.dropFirst().drop(while: Self.isBlank)
        } else if rest.first == UInt8(ascii: "[") {
            return true
        }
        guard let byte = rest.first else { return true }
        let marks = Array("_-\"']".utf8)
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || marks.contains(byte)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
