// How the plan stands in JSON: an object of sections with typed values, not a list of entries.

import ClusterModel

/// Encodes plan entries as nested objects: `"plan": {"links": {"hccs": {"latency": "3 us"}}}`.
///
/// Values get their type from the entry's TOML text. Read back, entries are sorted by section
/// and key, and a number's spelling is JSON's: `1.0` comes back as `1`.
@propertyWrapper
public struct PlanObject: Codable, Sendable, Equatable {
    public var wrappedValue: [PlanEntry]

    public init(wrappedValue: [PlanEntry]) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        let root = try decoder.singleValueContainer().decode([String: PlanNode].self)
        wrappedValue = PlanNode.entries(of: root, section: "")
    }

    public func encode(to encoder: any Encoder) throws {
        var root = PlanNode.object([:])
        for entry in wrappedValue {
            let path = entry.section.split(separator: ".").map(String.init) + [entry.key]
            root.insert(PlanNode(toml: entry.toml), at: path[...])
        }
        var container = encoder.singleValueContainer()
        try container.encode(root)
    }
}
