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
        if let line = lineOfAlias(in: text) { throw alias(at: line, 1, file) }
        do {
            guard let node = try compose(yaml: text) else {
                throw ConfigurationProblem(
                    place: .wholeFile(file),
                    key: "",
                    seen: "an empty file",
                    expected: "a ranktable or a topology"
                )
            }
            return try YAMLValue(node, file: file)
        } catch let problem as ConfigurationProblem {
            throw problem
        } catch {
            throw notYAML(error, file: file)
        }
    }

    private init(_ node: Node, file: String) throws(ConfigurationProblem) {
        line = node.mark?.line ?? 1
        column = node.mark?.column ?? 1
        switch node {
        case .scalar(let scalar): content = .scalar(scalar.string)
        case .sequence(let nodes):
            var values: [YAMLValue] = []
            for node in nodes { values.append(try YAMLValue(node, file: file)) }
            content = .list(values)
        case .mapping(let pairs):
            var members: [(key: String, value: YAMLValue)] = []
            for (key, value) in pairs {
                members.append((key.string ?? "", try YAMLValue(value, file: file)))
            }
            content = .mapping(members)
        case .alias:
            throw Self.alias(at: line, column, file)
        }
    }

    /// The first line with a star and a name to which an `&` gives a value anywhere in the text.
    ///
    /// The library puts in what an alias stands for as often as it stands there, and looks at all of
    /// that: a short text may stand for more than fits into memory.
    private static func lineOfAlias(in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let anchors = Set(lines.flatMap { names(after: "&", in: $0) })
        guard !anchors.isEmpty else { return nil }
        return lines.firstIndex { line in
            names(after: "*", in: line).contains { anchors.contains($0) }
        }
        .map { $0 + 1 }
    }

    /// What stands behind each such sign, up to a space or a sign of structure.
    private static func names(after sign: Character, in line: Substring) -> [Substring] {
        line.indices.filter { line[$0] == sign }.map { place in
            line[line.index(after: place)...].prefix {
                !$0.isWhitespace && !",[]{}".contains($0)
            }
        }
        .filter { !$0.isEmpty }
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
