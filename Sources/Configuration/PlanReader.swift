// The way from text to plan: collect the settings, read each by the key table, fill in defaults,
// check the keys against one another, and report whatever went wrong, all at once.

import ClusterModel
import Faults

/// Reads configurations.
public struct PlanReader {
    private let file: String
    private var collector = SettingCollector()
    private var draft = PlanDraft()
    private var problems: [ConfigurationProblem] = []
    private var given: [SettingPath: Place] = [:]
    /// Keys whose value is not known, because what was written for them is wrong.
    private var unsound: Set<SettingPath> = []
    private var faults = FaultTables()
    private var faultLines: FaultLines?

    private init(file: String) { self.file = file }

    /// The plan that `text` describes, without its faults: see ``configuration(from:file:overrides:faults:)``.
    public static func plan(
        from text: String,
        file: String,
        overrides: [Override] = []
    ) throws(ConfigurationProblems) -> ClusterPlan {
        try configuration(from: text, file: file, overrides: overrides).plan
    }

    /// The plan and the faults that `text` describes, with `overrides` in place of what it says
    /// and `faults` after its own.
    ///
    /// `file` is its name in messages. Keys left out take their defaults: an empty text is a good
    /// configuration. Throws everything that is wrong, in the order of the lines. No file is
    /// opened, and `workload.tokens` stays as written: see ``ConfigurationFile``.
    public static func configuration(
        from text: String,
        file: String,
        overrides: [Override] = [],
        faults: [FaultOption] = []
    ) throws(ConfigurationProblems) -> RunConfiguration {
        var reader = PlanReader(file: file)
        let isTOML = reader.collect(text)
        for override in overrides { reader.collect(override) }
        reader.takeSettings()
        for fault in faults { reader.faults.take(fault) }
        // Without the file's settings, what is missing or does not fit is not known.
        if isTOML {
            reader.fillDefaults()
            reader.checkRules()
            reader.checkFaults()
        }
        let problems = reader.problems + reader.faults.problems
        guard problems.isEmpty else {
            let options = overrides.map(\.option) + faults.map(\.option)
            throw ConfigurationProblems(problems, options: options)
        }
        return reader.finish()
    }

    /// False if `text` is not TOML.
    private mutating func collect(_ text: String) -> Bool {
        do {
            let members = try readTOML(text)
            let (file, lines) = (file, KeyIndex(text))
            faultLines = FaultLines(text)
            let place: (SettingPath) -> Place = {
                .file(file, line: lines.line(of: $0), column: nil)
            }
            for member in members {
                let path = SettingPath([member.name])
                let setting = Setting(path: path, value: member.value, place: place(path))
                collector.collect(setting, place: place)
            }
            return true
        } catch {
            let place = Place.file(file, line: error.line, column: error.column)
            problems.append(
                ConfigurationProblem(place: place, key: "", seen: "not TOML: \(error.reason)")
            )
            return false
        }
    }

    private mutating func collect(_ override: Override) {
        do {
            let setting = try override.setting()
            collector.collect(setting) { _ in setting.place }
        } catch {
            problems.append(error)
        }
    }

    private mutating func takeSettings() {
        problems += collector.problems
        unsound = collector.meant
        for setting in collector.settings { take(setting) }
        for setting in collector.faults {
            // What came by an option stands in no line.
            let isOption = if case .option = setting.place { true } else { false }
            faults.take(setting, lines: isOption ? nil : faultLines, file: file)
        }
    }

    /// Only against a cluster that is known.
    private mutating func checkFaults() {
        if problems.isEmpty { faults.check(finish().plan) }
    }

    private mutating func take(_ setting: Setting) {
        guard let entry = KeyTable.entry(at: setting.path) else { return }
        given[setting.path] = setting.place
        do {
            try entry.read(setting, into: &draft)
        } catch {
            unsound.insert(setting.path)
            complain(setting.place, setting.path, error.seen, entry.expected, error.suggestion)
        }
    }

    private mutating func fillDefaults() {
        let presetPath = SettingPath(dotted: "cluster.preset")
        for entry in KeyTable.entries where given[entry.path] == nil {
            if entry.setDefault(draft.plan.preset, &draft) { continue }
            // A misspelt key is not missing, and a preset that is not known may have it.
            let isExplained = unsound.contains(entry.path) || unsound.contains(presetPath)
            unsound.insert(entry.path)
            guard !isExplained else { continue }
            let seen = "missing, and the preset \"\(draft.plan.preset.rawValue)\" has none"
            complain(given[presetPath] ?? .wholeFile(file), entry.path, seen, entry.expected)
        }
    }

    private mutating func checkRules() {
        for rule in PlanRule.all where unsound.isDisjoint(with: rule.keys) {
            guard let complaint = rule.broken(draft) else { continue }
            let path = rule.keys.first { given[$0] != nil } ?? rule.keys[0]
            let place = given[path] ?? .wholeFile(file)
            complain(place, path, complaint.seen, complaint.expected)
        }
    }

    private mutating func complain(
        _ place: Place,
        _ path: SettingPath,
        _ seen: String,
        _ expected: String,
        _ suggestion: String? = nil
    ) {
        problems.append(
            ConfigurationProblem(
                place: place,
                key: "\(path)",
                seen: seen,
                expected: expected,
                suggestion: suggestion
            )
        )
    }

    private func finish() -> RunConfiguration {
        var plan = draft.plan
        plan.parallel = ParallelChoice(draft).degrees
        plan.links.pcie = LinkChoice(draft).pcie
        plan.links.uplink = LinkChoice(draft).uplink
        plan.routing.baseline = draft.baseline ?? plan.routing.routers[0]
        let faults = FaultPlan(
            specs: faults.specs,
            recovery: draft.recovery,
            seed: plan.workload.seed
        )
        return RunConfiguration(plan: plan, faults: faults, places: given, file: file)
    }
}

extension KeyEntry {
    /// Stores the value of `setting`; where an option left the quotes of a string out, its text.
    fileprivate func read(_ setting: Setting, into draft: inout PlanDraft) throws(Refusal) {
        do {
            try set(setting.value, &draft)
        } catch {
            guard let text = setting.bareText, (try? set(.string(text), &draft)) != nil else {
                throw error
            }
        }
    }
}
