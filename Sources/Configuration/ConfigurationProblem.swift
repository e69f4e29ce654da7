// What is wrong with a configuration, for a person who is to repair it: where it stands, what was
// seen, what was expected, and the nearest right name. Printing and exit codes are the program's.

/// One thing wrong with a configuration.
public struct ConfigurationProblem: Hashable, Sendable {
    /// Where the user wrote it.
    public var place: Place
    /// `cluster.nodes`; empty for a mistake that belongs to no key.
    public var key: String
    /// `0 is out of range`.
    public var seen: String
    /// `a whole number from 1 to 4096`; empty where there is nothing to say.
    public var expected: String
    /// What to write instead, if something lies near: `"hidden"`.
    public var suggestion: String?

    public init(
        place: Place,
        key: String,
        seen: String,
        expected: String = "",
        suggestion: String? = nil
    ) {
        self.place = place
        self.key = key
        self.seen = seen
        self.expected = expected
        self.suggestion = suggestion
    }
}

extension ConfigurationProblem: CustomStringConvertible {
    /// One line: `cluster.toml:4: cluster.nodes: 0 is out of range; expected a whole number …`.
    public var description: String {
        var line = "\(place): "
        if !key.isEmpty { line += "\(key): " }
        line += seen
        if !expected.isEmpty { line += "; expected \(expected)" }
        if let suggestion { line += "; did you mean \(suggestion)?" }
        return line
    }
}

/// Where a setting was written.
public enum Place: Hashable, Sendable, CustomStringConvertible {
    /// A line of the file, counted from 1, and a column where it is known.
    case file(String, line: Int, column: Int?)
    /// The file as a whole: something is missing.
    case wholeFile(String)
    /// The option as the user typed it: `--set cluster.nodes=0`.
    case option(String)

    public var description: String {
        switch self {
        case .file(let name, let line, let column?): "\(name):\(line):\(column)"
        case .file(let name, let line, nil): "\(name):\(line)"
        case .wholeFile(let name): name
        case .option(let text): text
        }
    }

    /// Files before options, lines and options in their order.
    fileprivate func order(among options: [String]) -> (Int, Int) {
        switch self {
        case .file(_, let line, _): (0, line)
        case .wholeFile: (1, 0)
        case .option(let text): (2, options.firstIndex(of: text) ?? 0)
        }
    }
}

/// Everything wrong with a configuration, in the order of its lines; never empty.
public struct ConfigurationProblems: Error, Hashable, Sendable, CustomStringConvertible {
    public let problems: [ConfigurationProblem]

    /// Sorts by place: the file's lines first, then options in the order they were given.
    init(_ problems: [ConfigurationProblem], options: [String]) {
        let ranked = problems.enumerated().map { offset, problem in
            (problem: problem, rank: problem.place.order(among: options), offset: offset)
        }
        self.problems =
            ranked
            .sorted { a, b in
                (a.rank.0, a.rank.1, a.offset) < (b.rank.0, b.rank.1, b.offset)
            }
            .map(\.problem)
    }

    /// A line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
