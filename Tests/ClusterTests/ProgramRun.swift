// The built program as its users meet it: arguments in, exit code, texts and a folder out.

import Foundation
import Glibc

/// One start of `moecluster`, with a folder of its own.
final class ProgramRun {
    /// Two nodes of two NPUs, eight experts, and tokens of 64 bytes: under a second a run.
    static let small = [
        "--nodes", "2", "--npus", "2", "--steps", "3", "--set", "model.experts=8",
        "--set", "model.hidden=32", "--set", "model.ffn=64", "--set", "workload.warmup=0",
        "--set", "workload.tokens_per_npu=64", "--set", "cluster.dilation=20000",
    ]
    /// So many steps that something can happen to them.
    static let long = small + ["--steps", "2000"]

    let folder: URL
    private let process = Process()

    /// Starts `verb`, of one word or two, with a folder of tokens, made if there is none; its
    /// results go to a file of the run's folder, if not elsewhere; `addressSpace` is the most bytes
    /// it may map; a verb that makes no folder has no --out.
    init(
        _ verb: String,
        _ arguments: [String] = small,
        tokens: URL? = nil,
        results: FileHandle? = nil,
        addressSpace: Int? = nil,
        hasFolder: Bool = true
    ) throws {
        let name = "moecluster-\(getpid())-\(UInt64.random(in: 0...(.max)))"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let store = tokens ?? folder.appendingPathComponent("tokens")
        if tokens == nil { try TokenFolder.write(to: store) }
        let configuration = folder.appendingPathComponent("cluster.toml")
        try Data().write(to: configuration)
        let program = Self.builtFolder.appendingPathComponent("moecluster").path
        let limit = addressSpace.map { "ulimit -v \($0 >> 10); " } ?? ""
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        var words = verb.split(separator: " ").map(String.init)
        words.append(configuration.path)
        if hasFolder { words += ["--out", output.path] }
        words += ["--set", "workload.tokens=\(store.path)"]
        process.arguments = ["-c", limit + "exec \"$0\" \"$@\"", program] + words + arguments
        process.standardOutput =
            try results ?? Self.file(folder.appendingPathComponent("stdout"))
        process.standardError = try Self.file(folder.appendingPathComponent("stderr"))
        try process.run()
    }

    deinit {
        if process.isRunning { kill(identifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Where this bundle and the programs lie.
    static var builtFolder: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
    }

    private static func file(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
    }

    var identifier: Int32 { process.processIdentifier }
    var output: URL { folder.appendingPathComponent("out") }
    var standardOutput: String { text("stdout") }
    var standardError: String { text("stderr") }

    /// The exit code, -1 if it has not ended within the bound, 128 + n after signal n.
    func end(within seconds: Double = 300) -> Int32 {
        guard Self.poll(within: seconds, { !process.isRunning }) else { return -1 }
        let isSignal = process.terminationReason == .uncaughtSignal
        return (isSignal ? 128 : 0) + process.terminationStatus
    }

    /// The folder the run made, once it has its name.
    var runFolder: URL? {
        let names = try? FileManager.default.contentsOfDirectory(atPath: output.path)
        return names?.first { !$0.hasPrefix(".") }.map(output.appendingPathComponent)
    }

    /// Lines of steps.csv, split at commas, its header first.
    var steps: [[String]] {
        guard let file = runFolder?.appendingPathComponent("steps.csv"),
            let text = try? String(contentsOf: file, encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// What workers said: nothing, unless something is wrong.
    var workersLog: String {
        let file = runFolder?.appendingPathComponent("log/workers.log")
        return file.flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? ""
    }

    /// results.json.
    var results: [String: Any] {
        guard let file = runFolder?.appendingPathComponent("results.json"),
            let data = try? Data(contentsOf: file)
        else { return [:] }
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
    }

    /// Waits until so many steps are measured.
    func waitForSteps(_ count: Int) -> Bool {
        Self.poll(within: 120) { !process.isRunning || steps.count > count } && process.isRunning
    }

    /// Looks every 2 ms whether something holds.
    static func poll(within seconds: Double, _ holds: () -> Bool) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if holds() { return true }
            usleep(2000)
        }
        return holds()
    }
}
