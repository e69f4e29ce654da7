import ClusterModel

/// The names that lead to a setting: `links`, `hccs`, `bandwidth`.
struct SettingPath: Hashable, Sendable, CustomStringConvertible {
    var names: [String]

    init(_ names: [String]) { self.names = names }

    /// From `links.hccs.bandwidth`; no name of this program holds a dot.
    init(dotted: String) {
        names = dotted.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }

    /// All but the last name, dotted: `links.hccs`.
    var section: String { names.dropLast().joined(separator: ".") }
    /// `bandwidth`.
    var key: String { names.last ?? "" }
    var parent: SettingPath { SettingPath(Array(names.dropLast())) }

    /// As it would stand in TOML, with quotes around a name that needs them.
    var description: String { names.map(quotedIfNeeded).joined(separator: ".") }

    private func quotedIfNeeded(_ name: String) -> String {
        let isBare = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isBare && !name.isEmpty ? name : TOMLText.string(name)
    }

    func appending(_ name: String) -> SettingPath { SettingPath(names + [name]) }
}

/// A value, its key, and where the user wrote it.
struct Setting: Sendable {
    var path: SettingPath
    var value: SeenValue
    var place: Place
    /// What stands after the `=` of an option, where quotes are often left out.
    var bareText: String?
}
