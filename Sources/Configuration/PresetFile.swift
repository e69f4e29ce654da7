// A preset as TOML that can be copied into a configuration, each figure with its source beside it.

import ClusterModel

/// Writes presets.
public enum PresetFile {
    /// Sections that give a plan of the preset "custom" the figures of `preset`.
    public static func render(_ preset: Preset) -> String {
        guard let table = preset.table else { return blank }
        let figures = PresetSources(table)
        var text = "# \(preset.rawValue): \(table.machine).\n# \(figures.nodeSize)\n"
        text += "# \(figures.memory)\n"
        var section = ""
        for line in figures.lines {
            if line.entry.section != section {
                section = line.entry.section
                text += "\n[\(section)]\n"
            }
            text += "\(line.entry.key) = \(line.entry.toml)  # \(line.source)\n"
        }
        return text
    }

    /// A line for each preset.
    public static var list: String {
        Preset.allCases.map { preset in
            let name = preset.rawValue
            let space = String(repeating: " ", count: max(1, 16 - name.count))
            return name + space + (preset.table?.machine ?? "your own figures, all of them")
        }
        .joined(separator: "\n") + "\n"
    }

    /// The keys that the user has to give, with what each may be.
    private static var blank: String {
        var text = "# custom: your own figures. These keys have no default:\n"
        var draft = PlanDraft()
        for entry in KeyTable.entries where !entry.setDefault(.custom, &draft) {
            text += "#   \(entry.path): \(entry.expected)\n"
        }
        return text
    }
}

/// The figures of a preset as lines of TOML.
private struct PresetSources {
    let table: PresetTable

    init(_ table: PresetTable) { self.table = table }

    var nodeSize: String {
        "NPUs a node: up to \(table.npusPerNodeMax.value) (\(table.npusPerNodeMax.source))."
    }

    var memory: String {
        let gigabytes = table.memory.value.value / 1_000_000_000
        return "Memory of an NPU: \(gigabytes) GB (\(table.memory.source))."
    }

    var lines: [(entry: PlanEntry, source: String)] {
        rate("links.hccs", table.hccs) + plane + (table.pcie.map { rate("links.pcie", $0) } ?? [])
            + rate("links.roce", table.roce) + uplink + [
                line("model", "peak", TOMLText.compute(table.peakFlops.value), table.peakFlops)
            ]
    }

    private var plane: [(entry: PlanEntry, source: String)] {
        let topology = TOMLText.string(table.topology.value.rawValue)
        return [
            line("links.hccs", "topology", topology, table.topology),
            line("links.hccs", "nodes", "\(table.planeNodes.value)", table.planeNodes),
        ]
    }

    private var uplink: [(entry: PlanEntry, source: String)] {
        guard let uplink = table.uplink else { return [] }
        let (nodes, share) = (uplink.nodesPerLeaf, uplink.oversubscription)
        return [
            line("links.uplink", "nodes_per_leaf", "\(nodes.value)", nodes),
            line("links.uplink", "oversubscription", TOMLText.number(share.value), share),
        ]
    }

    private func rate(
        _ section: String,
        _ link: LinkFigures
    ) -> [(entry: PlanEntry, source: String)] {
        let overhead = TOMLText.latency(link.messageOverhead.value)
        return [
            line(section, "bandwidth", TOMLText.rate(link.bandwidth.value), link.bandwidth),
            line(section, "latency", TOMLText.latency(link.latency.value), link.latency),
            line(section, "message_overhead", overhead, link.messageOverhead),
        ]
    }

    private func line<Value>(
        _ section: String,
        _ key: String,
        _ toml: String,
        _ figure: PresetFigure<Value>
    ) -> (entry: PlanEntry, source: String) {
        (PlanEntry(section: section, key: key, toml: toml), figure.source)
    }
}
