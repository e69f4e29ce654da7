// A plan's values with their types: what TOML text and JSON have in common.

import ClusterModel

/// A value of the plan, or a section with values.
enum PlanNode: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case array([PlanNode])
    case object([String: PlanNode])

    /// Puts `value` under `path`, making sections on the way.
    mutating func insert(_ value: PlanNode, at path: ArraySlice<String>) {
        guard let first = path.first else {
            self = value
            return
        }
        var children: [String: PlanNode] = [:]
        if case .object(let existing) = self { children = existing }
        children[first, default: .object([:])].insert(value, at: path.dropFirst())
        self = .object(children)
    }

    /// The entries below a section, sorted by key: values first, then the sections in it.
    static func entries(of object: [String: PlanNode], section: String) -> [PlanEntry] {
        var values: [PlanEntry] = []
        var nested: [PlanEntry] = []
        for (key, node) in object.sorted(by: { $0.key < $1.key }) {
            if case .object(let children) = node {
                let path = section.isEmpty ? key : "\(section).\(key)"
                nested += entries(of: children, section: path)
            } else {
                values.append(PlanEntry(section: section, key: key, toml: node.toml))
            }
        }
        return values + nested
    }
}

extension PlanNode {
    /// The value that TOML text stands for; text that is no TOML value is kept as a string.
    init(toml: String) {
        var parser = TOMLValueParser(toml)
        self = parser.parseWhole() ?? .string(toml)
    }

    /// As it stands in TOML.
    var toml: String {
        switch self {
        case .string(let text): JSONString.quote(text)
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .array(let items): "[" + items.map(\.toml).joined(separator: ", ") + "]"
        case .object(let items):
            "{"
                + items.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.toml)" }
                .joined(separator: ", ") + "}"
        }
    }
}

extension PlanNode: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The order matters: a JSON 1 is a Double as well, and true is nothing but a Bool.
        if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([PlanNode].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: PlanNode].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .boolean(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
