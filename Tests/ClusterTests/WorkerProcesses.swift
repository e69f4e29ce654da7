import Foundation
import Glibc

/// Workers of a coordinator, from /proc.
enum WorkerProcesses {
    /// Process ids of its children by rank.
    static func of(_ run: ProgramRun) -> [Int: Int32] { of(run.identifier) }

    static func of(_ coordinator: Int32) -> [Int: Int32] {
        var workers: [Int: Int32] = [:]
        for identifier in children(of: coordinator) {
            let path = "/proc/\(identifier)/cmdline"
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard let at = words.firstIndex(of: "--rank"), at + 1 < words.count,
                let rank = Int(words[at + 1])
            else { continue }
            workers[rank] = identifier
        }
        return workers
    }

    /// Those that have not ended.
    static func alive(among identifiers: some Sequence<Int32>) -> [Int32] {
        identifiers.filter { !["", "Z", "X"].contains(status($0).first ?? "") }
    }

    static func children(of parent: Int32) -> [Int32] {
        let path = "/proc/\(parent)/task/\(parent)/children"
        let text = FileManager.default.contents(atPath: path) ?? Data()
        return String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    /// State and what follows in /proc/PID/stat.
    private static func status(_ identifier: Int32) -> [String] {
        let data = FileManager.default.contents(atPath: "/proc/\(identifier)/stat") ?? Data()
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ").map(String.init)
    }
}
