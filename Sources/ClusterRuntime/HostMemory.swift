// How much memory a run may still take: what the kernel has, and what it grants this process.

/// Memory that may still be taken, by all processes of a run together.
public struct HostMemory: Sendable, Equatable {
    public let bytes: Int
    /// What says so, for messages: "this host" or the control group.
    public let limit: String

    /// The smallest of what the host has free and what each control group around this process
    /// (v2, or v1's memory controller) leaves; `text` reads a file, empty if there is none.
    init(text: (String) -> String = HostFile.text) {
        let groups = ControlGroup.around(text("/proc/self/cgroup")).compactMap { group in
            group.room(text).map { HostMemory(bytes: $0, limit: "its control group") }
        }
        let host = HostMemory(bytes: Self.available(text("/proc/meminfo")), limit: "this host")
        self = ([host] + groups).min { $0.bytes < $1.bytes } ?? host
    }

    private init(bytes: Int, limit: String) {
        self.bytes = bytes
        self.limit = limit
    }

    private static func available(_ table: String) -> Int {
        (table.number(after: "MemAvailable:") ?? 0) * 1024
    }
}

/// A control group that may limit memory.
private struct ControlGroup {
    let folder: String
    let limit: String
    let usage: String
    /// Of memory.stat: pages that the kernel takes back before it refuses any.
    let reclaimable: String

    /// The groups this process is in, each with those around it, from /proc/self/cgroup.
    ///
    /// Inside a container the path is often the host's and does not exist: its root is what counts
    /// then, and that is among those around it.
    static func around(_ table: String) -> [ControlGroup] {
        table.split(separator: "\n").flatMap { line -> [ControlGroup] in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            let paths = ancestors(parts[2])
            if parts[1].isEmpty { return paths.map(second) }
            return parts[1].split(separator: ",").contains("memory") ? paths.map(first) : []
        }
    }

    private static func first(_ path: String) -> ControlGroup {
        ControlGroup(
            folder: "/sys/fs/cgroup/memory" + path,
            limit: "memory.limit_in_bytes",
            usage: "memory.usage_in_bytes",
            reclaimable: "total_inactive_file"
        )
    }

    private static func second(_ path: String) -> ControlGroup {
        ControlGroup(
            folder: "/sys/fs/cgroup" + path,
            limit: "memory.max",
            usage: "memory.current",
            reclaimable: "inactive_file"
        )
    }

    /// "/a/b", "/a" and "".
    private static func ancestors(_ path: Substring) -> [String] {
        let names = path.split(separator: "/")
        return (0...names.count).reversed().map { count in
            names.prefix(count).map { "/" + $0 }.joined()
        }
    }

    /// Bytes its processes may still take; `nil` without a limit.
    func room(_ text: (String) -> String) -> Int? {
        guard let limit = text("\(folder)/\(limit)").firstNumber,
            let usage = text("\(folder)/\(usage)").firstNumber
        else { return nil }
        let cache = text("\(folder)/memory.stat").number(after: reclaimable) ?? 0
        return max(0, limit - max(0, usage - cache))
    }
}

extension String {
    fileprivate var firstNumber: Int? {
        split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }

    /// The number behind the line's first word.
    fileprivate func number(after word: String) -> Int? {
        for line in split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1, words[0] == word { return Int(words[1]) }
        }
        return nil
    }
}
