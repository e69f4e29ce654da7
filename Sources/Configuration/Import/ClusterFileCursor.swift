// Steps through a cluster file and names the place of whatever is not as expected.

/// A value of a cluster file, its name and the file it stands in.
struct ClusterFileCursor {
    let value: YAMLValue
    /// `server_list[1].device[0].rank_id`.
    let path: String
    let file: String

    func problem(_ seen: String, _ expected: String) -> ConfigurationProblem {
        ConfigurationProblem(
            place: .file(file, line: value.line, column: value.column),
            key: path,
            seen: seen,
            expected: expected
        )
    }

    /// The member `key`, `nil` if there is none.
    func member(_ key: String) -> ClusterFileCursor? {
        guard case .mapping(let members) = value.content,
            let found = members.first(where: { $0.key == key })
        else { return nil }
        let path = path.isEmpty ? key : "\(path).\(key)"
        return ClusterFileCursor(value: found.value, path: path, file: file)
    }

    func required(_ key: String) throws(ConfigurationProblem) -> ClusterFileCursor {
        guard let member = member(key) else { throw problem("no \(key)", "a member \(key)") }
        return member
    }

    /// At least one element.
    func list() throws(ConfigurationProblem) -> [ClusterFileCursor] {
        guard case .list(let values) = value.content, !values.isEmpty else {
            throw problem("no list", "a list of one or more")
        }
        return values.enumerated().map { index, value in
            ClusterFileCursor(value: value, path: "\(path)[\(index)]", file: file)
        }
    }

    func text() throws(ConfigurationProblem) -> String {
        guard case .scalar(let text) = value.content else {
            throw problem("no single value", "a string or a number")
        }
        return text
    }

    /// A whole number, with or without quotes.
    func whole(_ range: ClosedRange<Int>) throws(ConfigurationProblem) -> Int {
        let text = try text()
        guard let number = Int(text), range.contains(number) else {
            throw problem(
                "\"\(text)\"",
                "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }
}
