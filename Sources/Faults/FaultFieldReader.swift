import ClusterModel

/// Takes the fields of one fault one by one, remembers what was wrong and what was left.
struct FaultFieldReader {
    private var values: [String: FaultValue] = [:]
    /// Every key that was asked for: what this kind accepts.
    private var asked: [String] = []
    private(set) var problems: [FaultProblem] = []

    init(_ fields: [FaultField]) {
        for field in fields where values.updateValue(field.value, forKey: field.name) != nil {
            complain(field.name, "given twice", "each key once")
        }
    }

    mutating func take(_ key: String) -> FaultValue? {
        if !asked.contains(key) { asked.append(key) }
        return values.removeValue(forKey: key)
    }

    func has(_ key: String) -> Bool { values[key] != nil }

    mutating func complain(
        _ key: String,
        _ seen: String,
        _ expected: String,
        word: String = "",
        candidates: [String] = []
    ) {
        problems.append(
            FaultProblem(
                key: key,
                seen: seen,
                expected: expected,
                word: word,
                candidates: candidates
            )
        )
    }

    /// Complains about every key that nobody asked for.
    mutating func refuseTheRest() {
        let expected = "one of \(asked.joined(separator: ", "))"
        for key in values.keys.sorted() {
            complain(key, "no key of this fault", expected, word: key, candidates: asked)
        }
    }
}

extension FaultFieldReader {
    /// The value of `key` by `parse`; without it `fallback`, and where that is `nil`, a
    /// complaint.
    ///
    /// After a complaint the placeholder stands, and the fault as a whole is refused.
    mutating func read<Value>(
        _ key: String,
        _ expected: String,
        or fallback: Value?,
        placeholder: Value,
        _ parse: (FaultValue) -> Value?
    ) -> Value {
        guard let seen = take(key) else {
            if fallback == nil { complain(key, "missing", expected) }
            return fallback ?? placeholder
        }
        guard let value = parse(seen) else {
            complain(key, "\(seen.toml) does not fit", expected)
            return placeholder
        }
        return value
    }

    mutating func whole(_ key: String, _ range: ClosedRange<Int>, or fallback: Int?) -> Int {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return read(key, expected, or: fallback, placeholder: range.lowerBound) { seen in
            guard case .integer(let value) = seen, range.contains(value) else { return nil }
            return value
        }
    }

    mutating func number(_ key: String, _ range: ClosedRange<Double>, or fallback: Double?)
        -> Double
    {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        return read(key, expected, or: fallback, placeholder: range.lowerBound) { seen in
            let value: Double
            switch seen {
            case .integer(let whole): value = Double(whole)
            case .number(let number): value = number
            case .string, .other: return nil
            }
            return range.contains(value) ? value : nil
        }
    }

    /// A length of emulated time above 0; `or: .zero` makes it one that may be left out.
    mutating func interval(_ key: String, or fallback: Interval?) -> Interval {
        let expected = "a time with its unit, like \"5 ms\" (\(DurationText.names))"
        return read(key, expected, or: fallback, placeholder: .zero) { seen in
            guard case .string(let text) = seen, let length = DurationText.interval(text),
                length > .zero || fallback == .zero
            else { return nil }
            return length
        }
    }

    mutating func ratio(_ key: String, or fallback: Ratio?) -> Ratio {
        let expected = "a ratio of whole numbers above 0, at most 1, like \"1/4\""
        return read(key, expected, or: fallback, placeholder: .one) { seen in
            guard case .string(let text) = seen, let ratio = Ratio(text), ratio.numerator > 0
            else { return nil }
            return ratio
        }
    }

    mutating func name<Name: RawRepresentable & CaseIterable>(_ key: String, placeholder: Name)
        -> Name where Name.RawValue == String
    {
        let names = Name.allCases.map(\.rawValue)
        let expected = "one of \(names.map { "\"\($0)\"" }.joined(separator: ", "))"
        guard let seen = take(key) else {
            complain(key, "missing", expected)
            return placeholder
        }
        guard case .string(let text) = seen, let name = Name(rawValue: text) else {
            complain(key, "\(seen.toml) is unknown", expected, word: seen.bare, candidates: names)
            return placeholder
        }
        return name
    }
}
