// Settings from the command line: `--set key=value` and the options that stand for one.

/// A setting given on the command line, which wins over the file.
public struct Override: Hashable, Sendable {
    /// As the user typed it, for messages of one line: `--set cluster.nodes=8`.
    let option: String
    /// `cluster.nodes=8`.
    let assignment: String

    /// The argument of `--set`: `cluster.nodes=8`, `routing.routers=["switch", "hash"]`; a string
    /// may leave its quotes out.
    public init(set assignment: String) {
        self.init(option: "--set \(assignment)", assignment: assignment)
    }

    /// An option that stands for a key: `--nodes 8` sets `cluster.nodes` to `8`.
    public init(option: String, sets key: String, to value: String) {
        self.init(option: option, assignment: "\(key)=\(value)")
    }

    private init(option: String, assignment: String) {
        self.option = onOneLine(option)
        self.assignment = assignment
    }
}

extension Override {
    /// The setting that is meant, or what is wrong with the way it is written.
    func setting() throws(ConfigurationProblem) -> Setting {
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let key = trimmed(parts[0])
        guard parts.count == 2, !key.isEmpty else {
            throw problem(
                "",
                "\"\(onOneLine(assignment))\" is no assignment",
                "key=value, like cluster.nodes=8"
            )
        }
        let text = trimmed(parts[1])
        // A shell takes the quotes of `workload.corpus=""` away.
        if text.isEmpty, !Self.mayBeEmpty(SettingPath(dotted: key)) {
            throw problem(key, "the value is missing", "key=value")
        }
        return Setting(
            path: SettingPath(dotted: key),
            value: try value(of: text, for: key),
            place: .option(option),
            bareText: text
        )
    }

    private static func mayBeEmpty(_ path: SettingPath) -> Bool {
        var draft = PlanDraft()
        guard let entry = KeyTable.entry(at: path) else { return false }
        return (try? entry.set(.string(""), &draft)) != nil
    }

    private func value(of text: String, for key: String) throws(ConfigurationProblem) -> SeenValue {
        do {
            let members = try readTOML("value = \(text)")
            return members.count == 1 ? members[0].value : .string(text)
        } catch {
            // What opens a list or a string and does not close it is no bare string.
            guard let first = text.first, "[{\"'".contains(first) else { return .string(text) }
            throw problem(key, "\(onOneLine(text)) is not TOML: \(error.reason)", "")
        }
    }

    private func problem(_ key: String, _ seen: String, _ expected: String) -> ConfigurationProblem
    {
        ConfigurationProblem(place: .option(option), key: key, seen: seen, expected: expected)
    }

    private func trimmed(_ text: Substring) -> String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: blank).reversed().drop(while: blank).reversed())
    }
}

extension ConfigurationProblem: Error {}

private func onOneLine(_ text: String) -> String { text.replacing("\n", with: "\\n") }
