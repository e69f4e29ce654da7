// One fault as it is asked for, and its way from fields and back.

import ClusterModel

/// A fault that was asked for: what, where and when.
public struct FaultSpec: Hashable, Sendable {
    public var kind: FaultKind
    public var target: FaultTarget
    public var trigger: FaultTrigger

    public init(kind: FaultKind, target: FaultTarget, trigger: FaultTrigger) {
        self.kind = kind
        self.target = target
        self.trigger = trigger
    }

    /// From the keys of a `[[faults]]` table; throws everything that is wrong with them.
    ///
    /// `usual` is the moment of a fault that names none; without it that is a mistake.
    public init(
        fields: [FaultField],
        usual: FaultMoment? = nil
    ) throws(FaultProblems) {
        var reader = FaultFieldReader(fields)
        guard let kind = Self.kind(&reader) else { throw FaultProblems(problems: reader.problems) }
        let traits = kind.traits
        trigger = FaultTrigger(&reader, fallback: traits.onlyAtLaunch ? .launch : usual)
        target = .read(&reader, sorts: traits.targets, moment: trigger.at)
        self.kind = kind
        reader.refuseTheRest()
        if reader.problems.isEmpty { checkTimes(&reader) }
        guard reader.problems.isEmpty else { throw FaultProblems(problems: reader.problems) }
    }

    private static func kind(_ reader: inout FaultFieldReader) -> FaultKind? {
        let expected = "one of \(FaultKind.names.joined(separator: ", "))"
        guard let seen = reader.take("kind") else {
            reader.complain("kind", "missing", expected)
            return nil
        }
        if case .string(let name) = seen, let kind = FaultKind.read(name, &reader) { return kind }
        reader.complain(
            "kind",
            "\(seen.toml) is no kind of fault",
            expected,
            word: seen.bare,
            candidates: FaultKind.names
        )
        return nil
    }

    private func checkTimes(_ reader: inout FaultFieldReader) {
        if !kind.traits.lasts, trigger.span != .forever {
            let key = trigger.span.fields[0].name
            reader.complain(key, "\"\(kind.name)\" has no end to wait for", "no \"\(key)\"")
        }
        let isLaunch = trigger.at == .launch && trigger.every == nil && trigger.probability == nil
        if kind.traits.onlyAtLaunch, !isLaunch {
            reader.complain(
                "at",
                "\"\(kind.name)\" happens at launch",
                "at = \"launch\", or no \"at\""
            )
        } else if !kind.traits.onlyAtLaunch, trigger.at == .launch {
            reader.complain("at", "\"\(kind.name)\" needs running workers", FaultMoment.expected)
        }
        if case .until(let end) = trigger.span, let begin = trigger.at, end.isNoLater(than: begin) {
            reader.complain("until", "\"\(end)\" is no later than its beginning", "a later moment")
        }
        if trigger.probability?.numerator == 0 {
            reader.complain("probability", "\"0/1\" never strikes", "a ratio above 0, like \"1/4\"")
        }
    }

    /// Its keys, in the order in which they are written; reading them gives an equal fault.
    public var fields: [FaultField] {
        [FaultField("kind", .string(kind.name))] + kind.parameters + target.fields + trigger.fields
    }
}

extension FaultSpec {
    /// A `[[faults]]` table.
    public var toml: String {
        "[[faults]]\n" + fields.map { "\($0.name) = \($0.value.toml)\n" }.joined()
    }

    /// As `--fault` takes it: `kind=kill,npu=3,at=step 5`.
    public var inline: String {
        fields.map { "\($0.name)=\($0.value.bare)" }.joined(separator: ",")
    }

    /// From the argument of `--fault`; `usual` as in ``init(fields:usual:)``.
    public init(inline text: String, usual: FaultMoment? = nil) throws(FaultProblems) {
        try self.init(fields: try Self.fields(inline: text), usual: usual)
    }

    private static func fields(inline text: String) throws(FaultProblems) -> [FaultField] {
        var fields: [FaultField] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1).map(trimmed)
            guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
                let seen = "\"\(part)\" is no assignment"
                let expected = "key=value pairs with commas, like kind=kill,npu=3,at=step 5"
                throw FaultProblems(
                    problems: [FaultProblem(key: "", seen: seen, expected: expected)]
                )
            }
            fields.append(FaultField(sides[0], value(sides[1])))
        }
        return fields
    }

    private static func value(_ text: String) -> FaultValue {
        if let whole = Int(text) { return .integer(whole) }
        if let number = Double(text) { return .number(number) }
        return .string(text)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
