// Names out of a list: those this version has, and those it will have, so that a reader of the
// papers learns that "global" is not misspelt but missing.

import ClusterModel

extension ValueReader where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of `Value`; `planned` are names of a later version.
    static func choice(planned: [String] = []) -> Self {
        Self(
            expected: Value.allCases.count == 1
                ? namesOf(Value.self) : "one of \(namesOf(Value.self))"
        ) {
            (seen) throws(Refusal) in
            try readName(seen, planned: planned)
        }
    }
}

extension ValueReader {
    /// One of the names of `Name`, or "auto", which is `nil`.
    static func choiceOrAuto<Name>() -> Self
    where
        Value == Name?,
        Name: RawRepresentable & CaseIterable & Sendable,
        Name.RawValue == String
    {
        let name = ValueReader<Name>.choice()
        return Self(expected: "\"auto\" or \(name.expected)") { (seen) throws(Refusal) in
            try seen.isAuto ? nil : name.read(seen)
        }
    }
}

extension ValueReader where Value == RouterName? {
    /// A router's name; `nil` is the default only and cannot be written.
    static var baseline: Self {
        let name = ValueReader<RouterName>.choice()
        return Self(expected: name.expected) { (seen) throws(Refusal) in try name.read(seen) }
    }
}

extension ValueReader {
    /// A list of one or more names of `Name`, each once; `because` says more of one that stands there
    /// twice.
    static func list<Name>(
        of name: Name.Type,
        planned: [String] = [],
        because reason: String = ""
    ) -> Self
    where
        Value == [Name],
        Name: RawRepresentable & CaseIterable & Sendable,
        Name.RawValue == String
    {
        Self(expected: "a list of one or more of \(namesOf(Name.self))") {
            (seen) throws(Refusal) in
            guard case .array(let values) = seen else { throw .wrongType(seen) }
            guard !values.isEmpty else { throw Refusal(seen: "[] is empty") }
            let names: [Name] = try readNames(values, planned: planned)
            let texts = names.map(\.rawValue)
            let doubles = texts.indices.filter { texts[..<$0].contains(texts[$0]) }
            guard let double = doubles.first.map({ texts[$0] }) else { return names }
            throw Refusal(
                seen:
                    "\(TOMLText.string(double)) stands there twice\(reason)"
            )
        }
    }
}

extension ValueReader where Value == DilationChoice {
    static var dilation: Self {
        let number = ValueReader<Double>.number(1...1e9)
        return Self(expected: "\"auto\" or \(number.expected)") {
            (seen) throws(Refusal) in
            try seen.isAuto ? .auto : .fixed(number.read(seen))
        }
    }
}

private func namesOf<Name: RawRepresentable & CaseIterable>(_ type: Name.Type) -> String
where Name.RawValue == String {
    type.allCases.map { TOMLText.string($0.rawValue) }.joined(separator: ", ")
}

/// All names, or one refusal that speaks of every wrong one.
private func readNames<Name: RawRepresentable & CaseIterable>(
    _ values: [SeenValue],
    planned: [String]
) throws(Refusal) -> [Name] where Name.RawValue == String {
    var names: [Name] = []
    var refusals: [Refusal] = []
    for value in values {
        do {
            names.append(try readName(value, planned: planned))
        } catch {
            refusals.append(error)
        }
    }
    guard !refusals.isEmpty else { return names }
    let suggestions = refusals.compactMap(\.suggestion)
    throw Refusal(
        seen: refusals.map(\.seen).joined(separator: ", "),
        suggestion: suggestions.isEmpty ? nil : suggestions.joined(separator: ", ")
    )
}

private func readName<Name: RawRepresentable & CaseIterable>(
    _ seen: SeenValue,
    planned: [String]
) throws(Refusal) -> Name where Name.RawValue == String {
    guard case .string(let text) = seen else { throw .wrongType(seen) }
    if let name = Name(rawValue: text) { return name }
    if planned.contains(text) {
        throw Refusal(seen: "\(seen.shown) is not in this version")
    }
    let near = nearest(to: text, among: Name.allCases.map(\.rawValue))
    throw Refusal(seen: "\(seen.shown) is unknown", suggestion: near.map(TOMLText.string))
}
