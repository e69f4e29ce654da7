// The one place that knows the YAML library: text in, values with their lines out. JSON is YAML,
// so ranktables come through here, too.

import Yams

/// A value of a YAML or JSON file and where it stands.
struct YAMLValue {
    indirect enum Content {
        case scalar(String)
        case list([YAMLValue])
        case mapping([(key: String, value: YAMLValue)])
    }

    var content: Content
    var line: Int
    var column: Int

    /// The first document of `text`.
    static func read(_ text: String, file: String) throws(ConfigurationProblem) -> YAMLValue {
        do {
            guard let node = try compose(yaml: text) else {
                throw ConfigurationProblem(
                    place: .wholeFile(file),
                    key: "",
                    seen: "an empty file",
                    expected: "a ranktable or a topology"
                )
            }
            // The library puts in what an alias stands for as often as it stands there; without one no
            // text has more values than this.
            var room = 2 * text.utf8.count + 1
            return try YAMLValue(node, file: file, room: &room)
        } catch let problem as ConfigurationProblem {
            throw problem
        } catch {
            throw notYAML(error, file: file)
        }
    }

    private init(_ node: Node, file: String, room: inout Int) throws(ConfigurationProblem) {
        line = node.mark?.line ?? 1
        column = node.mark?.column ?? 1
        room -= 1
        guard room >= 0 else { throw Self.alias(at: line, column, file) }
        switch node {
        case .scalar(let scalar): content = .scalar(scalar.string)
        case .sequence(let nodes):
            var values: [YAMLValue] = []
            for node in nodes { values.append(try YAMLValue(node, file: file, room: &room)) }
            content = .list(values)
        case .mapping(let pairs):
            var members: [(key: String, value: YAMLValue)] = []
            for (key, value) in pairs {
                members.append((key.string ?? "", try YAMLValue(value, file: file, room: &room)))
            }
            content = .mapping(members)
        case .alias:
            throw Self.alias(at: line, column, file)
        }
    }

    private static func alias(at line: Int, _ column: Int, _ file: String) -> ConfigurationProblem {
        ConfigurationProblem(
            place: .file(file, line: line, column: column),
            key: "",
            seen: "an alias",
            expected: "the value itself"
        )
    }

    private static func notYAML(_ error: any Error, file: String) -> ConfigurationProblem {
        guard case .some(.parser(_, let problem, let mark, _)) = error as? YamlError else {
            return ConfigurationProblem(
                place: .wholeFile(file),
                key: "",
                seen: "neither JSON nor YAML: \(error)"
            )
        }
        return ConfigurationProblem(
            place: .file(file, line: mark.line, column: mark.column),
            key: "",
            seen: "neither JSON nor YAML: \(problem)"
        )
    }
}
