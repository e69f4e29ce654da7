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

    private static func alias(at line: Int, _ column: Int, _ file: String) -> ConfigurationProblem {
        ConfigurationProblem(
            place: .file(file, line: line, column: column),
            key: "",
            seen: "an alias",
            expected: "the value itself"
        )
    }

    /// The line of the first `*name` that is no part of a string or a comment, from 1.
    ///
    /// The library puts in what an alias stands for as often as it stands there: a few lines can ask
    /// for more memory than there is, before anybody sees that they are aliases.
    private static func lineOfAlias(in text: String) -> Int? {
        var line = 1
        var quote: UInt8?
        var isComment = false
        var isEscaped = false
        var before = UInt8(ascii: "\n")
        for byte in text.utf8 {
            defer { before = byte }
            let follows = " \t\n[{,:-".utf8.contains(before)
            if byte == UInt8(ascii: "\n") {
                (line, isComment) = (line + 1, false)
            } else if isComment || isEscaped {
                isEscaped = false
            } else if let open = quote {
                isEscaped = byte == UInt8(ascii: "\\") && open == UInt8(ascii: "\"")
                if byte == open { quote = nil }
            } else if follows, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if follows, byte == UInt8(ascii: "#") {
                isComment = true
            } else if follows, byte == UInt8(ascii: "*") {
                return line
            }
        }
        return nil
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
