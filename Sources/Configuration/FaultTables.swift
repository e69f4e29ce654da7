// From `[[faults]]` tables and `--fault` options to faults. What a fault may say is the business of
// Faults; here each of its mistakes gets its place.

import ClusterModel
import Faults

/// A fault on the command line: `--fault kind=kill,npu=3,at=step 5`.
public struct FaultOption: Hashable, Sendable {
    let text: String
    let usual: FaultMoment?
    private let name: String
    var option: String { "\(name) \(text.replacing("\n", with: "\\n"))" }

    public init(_ text: String) { self.init(text, usual: nil, name: "--fault") }

    /// `usual` is the moment of a fault that names none; `name` is how messages call it.
    public init(_ text: String, usual: FaultMoment?, name: String) {
        self.text = text
        self.usual = usual
        self.name = name
    }
}

/// Reads the faults of a configuration one by one.
struct FaultTables {
    static let path = SettingPath(["faults"])

    private(set) var problems: [ConfigurationProblem] = []
    private var faults: [(spec: FaultSpec, place: (String) -> Place)] = []

    var specs: [FaultSpec] { faults.map(\.spec) }

    /// Takes the value of `faults`; `lines` knows where its tables stand, if it is of a file.
    mutating func take(_ setting: Setting, lines: FaultLines?, file: String) {
        guard case .array(let values) = setting.value else {
            let seen = "\(setting.value.shown) is \(setting.value.kind)"
            return complain(setting.place, "", seen, "[[faults]] tables, or the option --fault")
        }
        for (index, value) in values.enumerated() {
            take(value) { key in
                lines?.line(of: key, table: index).map {
                    .file(file, line: $0, column: nil)
                } ?? setting.place
            }
        }
    }

    mutating func take(_ option: FaultOption) {
        add({ _ in .option(option.option) }) { () throws(FaultProblems) in
            try FaultSpec(inline: option.text, usual: option.usual)
        }
    }

    /// Complains about faults that the cluster of `plan` has no place for.
    mutating func check(_ plan: ClusterPlan) {
        let ground = FaultGround(plan)
        for fault in faults {
            for problem in fault.spec.problems(on: ground) { complain(problem, fault.place) }
        }
    }

    private mutating func take(_ value: SeenValue, place: @escaping (String) -> Place) {
        guard case .table(let members) = value else {
            return complain(place(""), "", "\(value.shown) is \(value.kind)", "a table of keys")
        }
        add(place) { () throws(FaultProblems) in
            try FaultSpec(fields: members.map { FaultField($0.name, FaultValue($0.value)) })
        }
    }

    private mutating func add(
        _ place: @escaping (String) -> Place,
        _ read: () throws(FaultProblems) -> FaultSpec
    ) {
        do {
            faults.append((try read(), place))
        } catch {
            for problem in error.problems { complain(problem, place) }
        }
    }

    private mutating func complain(_ problem: FaultProblem, _ place: (String) -> Place) {
        let near = nearest(to: problem.word, among: problem.candidates)
        complain(
            place(problem.key),
            problem.key,
            problem.seen,
            problem.expected,
            near.map(TOMLText.string)
        )
    }

    private mutating func complain(
        _ place: Place,
        _ key: String,
        _ seen: String,
        _ expected: String,
        _ suggestion: String? = nil
    ) {
        problems.append(
            ConfigurationProblem(
                place: place,
                key: key.isEmpty ? "faults" : "\(Self.path.appending(key))",
                seen: seen,
                expected: expected,
                suggestion: suggestion
            )
        )
    }
}

extension FaultValue {
    fileprivate init(_ seen: SeenValue) {
        switch seen {
        case .string(let text): self = .string(text)
        case .integer(let whole): self = .integer(whole)
        case .float(let number): self = .number(number)
        case .boolean, .array, .table, .date: self = .other(seen.shown)
        }
    }
}
