// A value as the user wrote it, free of the TOML library's types.

import ClusterModel

/// A TOML value, as far as a configuration can need one.
enum SeenValue: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    case array([SeenValue])
    case table([SeenMember])
    /// A date or a time, which no key takes.
    case date(String)

    /// What a message calls it.
    var kind: String {
        switch self {
        case .string: "a string"
        case .integer: "a whole number"
        case .float: "a number with a fraction"
        case .boolean: "a boolean"
        case .array: "a list"
        case .table: "a section"
        case .date: "a date"
        }
    }

    /// The value as TOML, cut where it would fill the screen.
    var shown: String {
        let text = toml
        return text.count <= 60 ? text : text.prefix(57) + "..."
    }

    private var toml: String {
        switch self {
        case .string(let text): TOMLText.string(text)
        case .integer(let value): "\(value)"
        case .float(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .array(let values): "[" + values.map(\.toml).joined(separator: ", ") + "]"
        case .table(let members):
            "{" + members.map { "\($0.name) = \($0.value.toml)" }.joined(separator: ", ") + "}"
        case .date(let text): text
        }
    }
}

/// A name in a table and its value.
struct SeenMember: Hashable, Sendable {
    var name: String
    var value: SeenValue
}
