// The size of a cluster as another tool's file tells it, and the plan file that is made from it.

import ClusterModel

/// Servers and NPUs read from a cluster file.
public struct ImportedCluster: Hashable, Sendable {
    /// "a ranktable".
    public var kind: String
    public var nodes: Int
    public var npusPerNode: Int
    /// Servers of a pod, where the file has several pods.
    public var podNodes: Int?

    /// Reads HCCL's ranktable (JSON, versions 1.0 and 1.2) or HCCL-VM's topology (YAML, `meta` and
    /// `topology`).
    ///
    /// Ranks must be laid out as this program lays them out: from 0, server by server, each server
    /// with as many as the next. Throws the first thing that is not as expected.
    public static func read(
        _ text: String,
        file: String
    ) throws(ConfigurationProblem) -> ImportedCluster {
        let root = ClusterFileCursor(
            value: try YAMLValue.read(text, file: file),
            path: "",
            file: file
        )
        if root.member("server_list") != nil { return try RankTable.read(root) }
        if root.member("topology") != nil { return try TopologyFile.read(root) }
        throw root.problem(
            "neither server_list nor topology",
            "a ranktable of HCCL or a topology of HCCL-VM"
        )
    }

    /// A configuration of this size; throws if no machine of this preset has it.
    public func planText(
        preset: Preset,
        file: String
    ) throws(ConfigurationProblem) -> String {
        let text = lines(preset, file).joined(separator: "\n") + "\n"
        // The user's own figures are not known: the file is complete when they stand in it.
        guard preset != .custom else {
            return text + "# The figures of [links] are yours to add.\n"
        }
        do {
            _ = try PlanReader.plan(from: text, file: file)
            return text
        } catch {
            var problem = error.problems[0]
            problem.place = .wholeFile(file)
            throw problem
        }
    }

    private func lines(_ preset: Preset, _ file: String) -> [String] {
        let name = file.split(separator: "/").last ?? ""
        var lines = [
            "# Imported from \(onOneLine(String(name))), \(kind).", "",
            "[cluster]",
            "preset = \(TOMLText.string(preset.rawValue))",
            "nodes = \(nodes)",
            "npus_per_node = \(npusPerNode)",
        ]
        // A pod is a plane where the machine has planes of several servers.
        if let podNodes, preset.links?.planeNodes ?? 1 > 1 {
            lines += ["", "[links.hccs]", "nodes = \(podNodes)"]
        }
        return lines
    }

    private func onOneLine(_ text: String) -> String { text.replacing("\n", with: " ") }
}

/// Servers as they stand in a file, with the NPUs of each.
struct ImportedServers {
    private(set) var sizes: [Int] = []

    /// Every server must be as large as the first.
    mutating func add(_ npus: Int, at place: ClusterFileCursor) throws(ConfigurationProblem) {
        if let first = sizes.first, first != npus {
            throw place.problem(
                "\(npus) NPUs",
                "\(first), as many as the first server has: all servers are alike here"
            )
        }
        sizes.append(npus)
    }
}
