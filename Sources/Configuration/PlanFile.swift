// plan.toml: the resolved plan, so that a run can be repeated from its folder.

import ClusterModel
import Faults

/// Writes a plan as a configuration.
public enum PlanFile {
    /// A text that `PlanReader` reads back as an equal plan, with what each key may be beside it.
    public static func render(_ plan: ClusterPlan) -> String { render(plan.entries) }

    /// A text that `PlanReader` reads back as an equal configuration, faults and all.
    public static func render(_ configuration: RunConfiguration) -> String {
        let faults = configuration.faults
        return
            ([render(configuration.plan.entries + faults.recovery.entries)]
            + faults.specs.map(\.toml)).joined(separator: "\n")
    }

    /// What another version has rendered, as this one does: keys it did not know at their defaults.
    ///
    /// A text that cannot be read is left as it is.
    public static func renewed(_ text: String) -> String {
        guard let plan = try? PlanReader.configuration(from: text, file: "plan.toml") else {
            return text
        }
        return render(plan)
    }

    private static func render(_ entries: [PlanEntry]) -> String {
        var text = "# The resolved configuration of a run: defaults and options included.\n"
        var section = ""
        for entry in entries {
            if entry.section != section {
                section = entry.section
                text += "\n[\(section)]\n"
            }
            text += "\(entry.key) = \(entry.toml)\(comment(on: entry))\n"
        }
        return text
    }

    private static func comment(on entry: PlanEntry) -> String {
        let known = KeyTable.entry(at: SettingPath(dotted: "\(entry.section).\(entry.key)"))
        return known.map { "  # \($0.expected)" } ?? ""
    }
}
