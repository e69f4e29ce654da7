// From TOML tables to settings of known keys. Names that are unknown, or known and not yet built,
// become problems here, so that no later part meets them.

/// Walks over tables, keeps the settings of known keys and complains about everything else.
struct SettingCollector {
    private(set) var settings: [Setting] = []
    /// What was written for `faults`, which has no keys of a fixed place.
    private(set) var faults: [Setting] = []
    private(set) var problems: [ConfigurationProblem] = []
    /// Keys that a misspelt name was probably meant to be: their values are not known.
    private(set) var meant: Set<SettingPath> = []

    /// Takes a value and, if it is a section, all that stands in it; `place` finds where.
    mutating func collect(_ setting: Setting, place: (SettingPath) -> Place) {
        if setting.path == FaultTables.path {
            faults.append(setting)
        } else if KeyTable.entry(at: setting.path) != nil {
            settings.append(setting)
        } else if KeyTable.isSection(setting.path) {
            collectSection(setting, place: place)
        } else if case .table = setting.value {
            refuseSection(setting)
        } else {
            refuseKey(setting)
        }
    }

    private mutating func collectSection(_ setting: Setting, place: (SettingPath) -> Place) {
        guard case .table(let members) = setting.value else {
            let seen = "\(setting.value.shown) is \(setting.value.kind)"
            return complain(about: setting, seen, "a section of keys")
        }
        for member in members {
            let path = setting.path.appending(member.name)
            collect(Setting(path: path, value: member.value, place: place(path)), place: place)
        }
    }

    private mutating func refuseSection(_ setting: Setting) {
        let near = nearest(to: "\(setting.path)", among: KeyTable.sections)
        if let near { meant.formUnion(KeyTable.paths(in: near)) }
        complain(
            about: setting,
            "unknown section",
            "one of \(KeyTable.sections.joined(separator: ", "))",
            near.map { "[\($0)]" }
        )
    }

    private mutating func refuseKey(_ setting: Setting) {
        let path = setting.path
        let siblings = KeyTable.paths(in: path.section)
        let near = nearestKeys(to: path, siblings)
        meant.formUnion(near)
        let expected =
            siblings.isEmpty
            ? "a key of \(KeyTable.sections.joined(separator: ", "))"
            : "one of \(siblings.map(\.key).joined(separator: ", "))"
        // Within a section the bare name says it.
        let names = near.map { $0.section == path.section ? $0.key : "\($0)" }
        let suggestion = names.map { "\"\($0)\"" }.joined(separator: " or ")
        complain(about: setting, "unknown key", expected, near.isEmpty ? nil : suggestion)
    }

    /// A key of the same section that is spelt alike, else those of the same name elsewhere, else
    /// the one whose whole path is spelt alike (`--set clutser.noeds=2`).
    private func nearestKeys(to path: SettingPath, _ siblings: [SettingPath]) -> [SettingPath] {
        if let near = nearest(to: path.key, among: siblings.map(\.key)) {
            return [SettingPath(dotted: "\(path.section).\(near)")]
        }
        let all = KeyTable.entries.map(\.path)
        let namesakes = all.filter { $0.key == path.key }.map(\.description)
        if !namesakes.isEmpty {
            return nearestOnes(to: "\(path)", among: namesakes).map(SettingPath.init(dotted:))
        }
        // Within a known section, whole paths are alike whatever their last names are.
        guard siblings.isEmpty else { return [] }
        let near = nearest(to: "\(path)", among: all.map(\.description))
        return near.map { [SettingPath(dotted: $0)] } ?? []
    }

    private mutating func complain(
        about setting: Setting,
        _ seen: String,
        _ expected: String,
        _ suggestion: String? = nil
    ) {
        problems.append(
            ConfigurationProblem(
                place: setting.place,
                key: "\(setting.path)",
                seen: seen,
                expected: expected,
                suggestion: suggestion
            )
        )
    }
}
