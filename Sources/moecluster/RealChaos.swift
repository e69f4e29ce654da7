// Chaos on real processes: a run is started seed by seed, and its workers are killed and stopped from
// outside at instants drawn from the seed.

import ClusterModel
import Configuration
import Faults
import Glibc
import Report
import ResultFiles

/// What is done to a worker from outside.
struct OutsideFault {
    enum Kind: String { case kill, stop }

    var kind: Kind
    /// Share of an undisturbed run's length after its beginning.
    var at: Double
    /// Which of the workers there are, by a share of their number.
    var victim: Double
    /// Seconds until a stopped one goes on.
    var length: Double

    /// Three to five for a seed, one after the other; the share of a run before its first step is
    /// left alone no less than the rest.
    static func drawn(seed: UInt64) -> [OutsideFault] {
        var random = SeededRandom(seed: seed, 0xC4A06)
        return (0..<3 + random.next(below: 3)).map { _ in
            OutsideFault(
                kind: random.next(below: 2) == 0 ? .kill : .stop,
                at: 0.1 + 0.9 * random.nextUnit(),
                victim: random.nextUnit(),
                length: 0.05 + 2 * random.nextUnit()
            )
        }
        .sorted { $0.at < $1.at }
    }
}

/// A run without faults.
private struct Calm {
    var digests: [String]
    /// Seconds for which there were workers.
    var length: Double
    /// Seconds in all.
    var age: Double
}

/// Plays seeds on worker processes.
struct RealChaos {
    let configuration: RunConfiguration
    let seeds: ClosedRange<UInt64>
    let folder: String
    let isJSON: Bool
    let console: Console

    /// A run must be over after an undisturbed one's length and so many seconds for each fault.
    private static let secondsPerFault = 10.0
    /// Workers must be gone after the run within this.
    private static let orphanSeconds = 2.0

    func run() throws {
        let text = PlanFile.render(configuration)
        try OutputFile.write([(name: "chaos.toml", text: text)], into: folder)
        console.info(
            "on worker processes killing and stopping workers from outside is played, no other kind"
        )
        let calm = try undisturbed()
        var failed = 0
        if !isJSON { try console.result(OutsideRow.head) }
        for seed in seeds {
            let row = try play(seed, calm)
            if row.problem != nil { failed += 1 }
            try console.result(isJSON ? JSONText.encodeLine(row) : row.line)
        }
        if failed > 0 { throw Exit.failed }
    }

    private func start(_ name: String) throws -> ChildRun {
        let out = "\(folder)/\(name)"
        try OutputFile.write([], into: out)
        let words = ["run", "\(folder)/chaos.toml", "--out", out]
        return try ChildRun(words, messages: "\(out)/messages.txt")
    }

    private func undisturbed() throws -> Calm {
        let run = try start("undisturbed")
        var player = OutsidePlayer(run: run, faults: [], length: 0)
        if player.play(until: 300) == 0 {
            let digests = try load("undisturbed").folder.steps.map(\.digest)
            return Calm(digests: digests, length: player.workedFor, age: run.age)
        }
        run.kill()
        throw ChaosProblem(what: "the undisturbed run failed: \(folder)/undisturbed/messages.txt")
    }

    private func load(_ name: String) throws -> LoadedRun {
        let text = PlanOptions.text(of: "\(folder)/\(name)/messages.txt") ?? ""
        guard let path = Self.runFolder(below: "\(folder)/\(name)") else {
            throw ChaosProblem(what: "\(folder)/\(name): no run's folder; \(text.suffix(200))")
        }
        return try LoadedRun.load(path)
    }

    private static func runFolder(below path: String) -> String? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix("-run") { return "\(path)/\(name)" }
        }
        return nil
    }

    // MARK: A seed

    private func play(_ seed: UInt64, _ calm: Calm) throws -> OutsideRow {
        let faults = OutsideFault.drawn(seed: seed)
        let run = try start("seed-\(seed)")
        var player = OutsidePlayer(run: run, faults: faults, length: calm.length)
        let bound = calm.age + Self.secondsPerFault * Double(faults.count)
        let code = player.play(until: bound)
        let seconds = run.age
        if code == nil { run.kill() }
        let orphans = player.orphans(within: Self.orphanSeconds)
        var row = OutsideRow(seed: seed, faults: player.applied, seconds: seconds)
        if orphans > 0 {
            row.problem = "\(orphans) workers alive after the run"
        } else if let code {
            try judge(&row, code, calm.digests)
        } else {
            row.problem = "not over after \(bound.rounded()) s"
        }
        return row
    }

    private func judge(_ row: inout OutsideRow, _ code: Int, _ expected: [String]) throws {
        guard code == 0 else {
            row.problem = "exit code \(code): \(folder)/seed-\(row.seed)/messages.txt"
            return
        }
        let results = try load("seed-\(row.seed)")
        row.verdict = results.results.survival.verdict
        row.incidents = results.results.survival.incidents.count
        // Whoever was left out has no part in the digests of later steps.
        guard
            configuration.faults.recovery.ladder.contains(.exclude)
                || results.folder.steps.map(\.digest) == expected
        else {
            row.problem = "another result than without faults"
            return
        }
    }
}

/// What became of a seed.
struct OutsideRow: Encodable {
    var seed: UInt64
    /// Those that found a worker, like "kill at 0.52 s".
    var faults: [String]
    var seconds: Double
    var verdict = ""
    var incidents = 0
    /// `nil` if all is well.
    var problem: String?

    static let head = "seed  seconds  incidents  verdict  faults"

    var line: String {
        let time = "\((seconds * 100).rounded() / 100)"
        let tail = problem.map { "FAILED: \($0)" } ?? faults.joined(separator: ", ")
        return [("\(seed)", 4), (time, 7), ("\(incidents)", 9), (verdict, 7)].map { text, width in
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        .joined(separator: "  ") + "  " + tail
    }
}
