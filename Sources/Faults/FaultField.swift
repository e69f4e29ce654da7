// A fault as it is written: names and plain values, whether they come from a [[faults]] table, from
// --fault or from a shrunk schedule. Faults knows no TOML; who reads it hands fields over.

import ClusterModel

/// A value as the user wrote it.
public enum FaultValue: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case number(Double)
    /// What no key of a fault takes, as it is shown in messages.
    case other(String)

    /// As it stands in TOML.
    public var toml: String {
        switch self {
        case .string(let text): TOMLText.string(text)
        case .integer(let value): "\(value)"
        case .number(let value): TOMLText.number(value)
        case .other(let shown): shown
        }
    }

    /// Without quotes, for `--fault`.
    var bare: String {
        if case .string(let text) = self { return text }
        return toml
    }
}

/// A key of a fault and its value.
public struct FaultField: Hashable, Sendable {
    public var name: String
    public var value: FaultValue

    public init(_ name: String, _ value: FaultValue) {
        self.name = name
        self.value = value
    }
}

/// One thing wrong with a fault as it is written.
public struct FaultProblem: Error, Hashable, Sendable {
    /// `at`; empty for a mistake that belongs to no key.
    public var key: String
    /// `"stpe 5" is no moment`.
    public var seen: String
    /// Completes "expected …".
    public var expected: String
    /// The word that was not known and the words that are, for "did you mean".
    public var word: String
    public var candidates: [String]

    public init(
        key: String,
        seen: String,
        expected: String,
        word: String = "",
        candidates: [String] = []
    ) {
        self.key = key
        self.seen = seen
        self.expected = expected
        self.word = word
        self.candidates = candidates
    }
}

/// Everything wrong with one fault; never empty.
public struct FaultProblems: Error, Hashable, Sendable {
    public var problems: [FaultProblem]
}
