// When, how often and how long: the keys at, every, probability, for and until of a fault.

import ClusterModel

/// When a fault strikes.
///
/// `at` alone strikes once. `every` strikes at `at` (the first step without it) and then every so
/// many steps; `probability` lets each of these strikes, or without `every` each step, happen or
/// not, as the seed says. A strike lasts for its span.
public struct FaultTrigger: Hashable, Sendable {
    public var at: FaultMoment?
    /// Steps from strike to strike.
    public var every: Int?
    public var probability: Ratio?
    public var span: FaultSpan

    public init(
        at: FaultMoment?,
        every: Int? = nil,
        probability: Ratio? = nil,
        span: FaultSpan = .forever
    ) {
        self.at = at
        self.every = every
        self.probability = probability
        self.span = span
    }

    var fields: [FaultField] {
        var fields: [FaultField] = []
        if let at { fields.append(FaultField("at", .string("\(at)"))) }
        if let every { fields.append(FaultField("every", .string(FaultSpan.text(steps: every)))) }
        if let probability {
            fields.append(FaultField("probability", .string("\(probability)")))
        }
        return fields + span.fields
    }

    /// `fallback` is the moment of a kind that needs none.
    init(_ reader: inout FaultFieldReader, fallback: FaultMoment?) {
        at = reader.text("at", FaultMoment.expected, FaultMoment.init)
        every = reader.text("every", "whole steps, like \"2 steps\"", FaultSpan.steps(of:))
        let ratio = "a ratio of whole numbers, at most 1, like \"1/4\""
        probability = reader.text("probability", ratio, Ratio.init)
        let length = reader.text("for", FaultSpan.expected, FaultSpan.init(length:))
        let end = reader.text("until", FaultMoment.expected, FaultMoment.init)
        span = length ?? end.map { .until($0) } ?? .forever
        if length != nil, end != nil {
            reader.complain("until", "given beside \"for\"", "one of the two")
        }
        if at == nil, every == nil, probability == nil, reader.problems.isEmpty {
            at = fallback
            if fallback == nil {
                reader.complain(
                    "at",
                    "missing",
                    "\(FaultMoment.expected), or every, or probability"
                )
            }
        }
        checkRepetition(&reader)
    }

    /// Only steps repeat: a time or a message comes once.
    private func checkRepetition(_ reader: inout FaultFieldReader) {
        guard every != nil, let at else { return }
        if case .step = at { return }
        reader.complain("every", "\"\(at)\" comes once", "at = \"step …\" beside every")
    }
}

extension FaultFieldReader {
    /// The parsed text of `key`, `nil` if left out or, after a complaint, wrong.
    mutating func text<Value>(_ key: String, _ expected: String, _ parse: (String) -> Value?)
        -> Value?
    {
        guard let seen = take(key) else { return nil }
        guard case .string(let text) = seen, let value = parse(text) else {
            complain(key, "\(seen.toml) does not fit", expected)
            return nil
        }
        return value
    }
}
