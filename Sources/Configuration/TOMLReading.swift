// The one place that knows the TOML library: text in, plain values or the syntax error out.

import TOMLKit

/// Why a text is not TOML.
struct TOMLSyntaxError: Error {
    var line: Int
    var column: Int
    var reason: String
}

/// The members of the root table of `text`.
func readTOML(_ text: String) throws(TOMLSyntaxError) -> [SeenMember] {
    // The library reads a C string: what follows a NUL would be ignored without a word.
    if let end = text.utf8.firstIndex(of: 0) {
        let line = text.utf8[..<end].count { $0 == UInt8(ascii: "\n") } + 1
        throw TOMLSyntaxError(line: line, column: 1, reason: "a NUL character")
    }
    // The library stops the process at some mistakes: it gets what stands before.
    var scanner = KeyScanner(text)
    guard let mistake = scanner.unreadable() else { return try parse(text) }
    _ = try parse(String(decoding: text.utf8.prefix(mistake.statement), as: UTF8.self))
    let lines = text.utf8.prefix(mistake.offset)
        .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    throw TOMLSyntaxError(
        line: lines.count,
        column: (lines.last?.count ?? 0) + 1,
        reason: mistake.reason
    )
}

private func parse(_ text: String) throws(TOMLSyntaxError) -> [SeenMember] {
    do {
        return members(of: try TOMLTable(string: text))
    } catch let error as TOMLParseError {
        let begin = error.source.begin
        throw TOMLSyntaxError(line: begin.line, column: begin.column, reason: error.description)
    } catch {
        throw TOMLSyntaxError(line: 1, column: 1, reason: "\(error)")
    }
}

private func members(of table: TOMLTable) -> [SeenMember] {
    table.map { name, value in SeenMember(name: name, value: seen(value)) }
}

private func seen(_ value: any TOMLValueConvertible) -> SeenValue {
    if let text = value.string { return .string(text) }
    if let number = value.int { return .integer(number) }
    if let number = value.double { return .float(number) }
    if let flag = value.bool { return .boolean(flag) }
    if let array = value.array { return .array(array.map(seen)) }
    if let table = value.table { return .table(members(of: table)) }
    return .date(value.debugDescription)
}
