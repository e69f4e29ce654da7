// Chaos on real processes: a run is started seed by seed, with faults in its plan that are drawn from
// the seed, or with workers that are killed and stopped from outside at drawn instants.

import ClusterModel
import ClusterRuntime
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
    /// Nothing is in the plan: workers are hurt from outside.
    let isOutside: Bool
    let isJSON: Bool
    let console: Console

    /// A run must be over after an undisturbed one's length and so many seconds for each fault.
    private static let secondsPerFault = 25.0
    /// Nor may it go without a step for longer than this and the whole age of an undisturbed run:
    /// eight retries of which each waits six seconds for a connection that nobody answers fit in.
    private static let secondsToStep = 60.0
    /// How a run ends that is killed.
    private static let killedCode = 128 + Int(SIGKILL)

    func run() throws {
        Interruption.isNoted()
        let text = PlanFile.render(configuration)
        try OutputFile.write([(name: "chaos.toml", text: text)], into: folder)
        console.info(
            isOutside
                ? "workers are killed and stopped from outside"
                : "kinds: \(FaultKind.names.joined(separator: ", "))"
        )
        let calm = try undisturbed()
        let within = (calm.age + Self.secondsToStep).rounded()
        console.info(
            "a run fails that ends no step within \(within) s, or is not over after "
                + "\(calm.age.rounded()) s, as an undisturbed one, and "
                + "\(Self.secondsPerFault.rounded()) s for each fault"
        )
        var failed = 0
        if !isJSON { try console.result(RunRow.head) }
        for seed in seeds {
            try Interruption.check()
            let row = try play(seed, calm)
            if row.problem != nil { failed += 1 }
            try console.result(isJSON ? JSONText.encodeLine(row) : row.line)
        }
        if failed > 0 { throw Exit.failed }
    }

    /// Goes on with a run whose coordinator was killed, by the plan of its folder.
    private func resume(_ name: String) throws -> ChildRun {
        let out = "\(folder)/\(name)"
        guard let path = Self.runFolder(below: out) else {
            throw ChaosProblem(what: "\(out): no run's folder to go on with")
        }
        return try ChildRun(["run", "--resume", path], messages: "\(out)/resumed.txt")
    }

    private func start(_ name: String, file: String = "chaos.toml") throws -> ChildRun {
        let out = "\(folder)/\(name)"
        try OutputFile.write([], into: out)
        let words = ["run", "\(folder)/\(file)", "--out", out]
        return try ChildRun(words, messages: "\(out)/messages.txt")
    }

    private func undisturbed() throws -> Calm {
        let run = try start("undisturbed")
        var player = OutsidePlayer(run: run, faults: [], length: 0)
        if case .over(0) = try player.play(until: 300, progressWithin: 300) {
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

    private func play(_ seed: UInt64, _ calm: Calm) throws -> RunRow {
        isOutside ? try hurt(seed, calm) : try playPlan(seed, calm)
    }

    /// With faults in the plan.
    private func playPlan(_ seed: UInt64, _ calm: Calm) throws -> RunRow {
        let drawn = DrawnChaos(configuration).configuration(seed: seed)
        let file = "chaos-seed-\(seed).toml"
        try OutputFile.write([(name: file, text: PlanFile.render(drawn))], into: folder)
        let specs = drawn.faults.specs
        var player = OutsidePlayer(
            run: try start("seed-\(seed)", file: file),
            faults: [],
            length: calm.length,
            progress: progress(of: seed)
        )
        let mayDiffer = specs.contains { $0.kind.changesRouting }
        let faults = specs.map(\.inline)
        let isKilled = specs.contains { $0.kind == .coordinator(.kill) }
        var wasKilled = false
        let row = try watch(&player, seed, faults: faults, calm) { row, code in
            wasKilled = isKilled && code == Self.killedCode
            if !wasKilled { try judge(&row, code, calm, mayDiffer: mayDiffer) }
        }
        guard wasKilled else { return row }
        return try goOn(after: row, calm, mayDiffer: mayDiffer)
    }

    /// The plan has killed the coordinator, and nobody outlived it: the run goes on with its folder,
    /// and both parts are judged as one.
    private func goOn(
        after row: RunRow,
        _ calm: Calm,
        mayDiffer: Bool
    ) throws -> RunRow {
        var player = OutsidePlayer(
            run: try resume("seed-\(row.seed)"),
            faults: [],
            length: calm.length,
            progress: progress(of: row.seed)
        )
        var joined = try watch(&player, row.seed, faults: row.faults, calm) { row, code in
            try judge(&row, code, calm, mayDiffer: mayDiffer)
        }
        joined.seconds += row.seconds
        joined.resumes = 1
        return joined
    }

    /// From outside.
    private func hurt(_ seed: UInt64, _ calm: Calm) throws -> RunRow {
        let faults = OutsideFault.drawn(seed: seed)
        var player = OutsidePlayer(
            run: try start("seed-\(seed)"),
            faults: faults,
            length: calm.length,
            progress: progress(of: seed)
        )
        var row = try watch(&player, seed, faults: faults.map(\.kind.rawValue), calm) { row, code in
            try judge(&row, code, calm, mayDiffer: false)
        }
        row.faults = player.applied
        return row
    }

    /// Bytes of the steps that a seed's run has written down.
    private func progress(of seed: UInt64) -> () -> Int {
        let place = "\(folder)/seed-\(seed)"
        return {
            guard let run = Self.runFolder(below: place) else { return 0 }
            var found = stat()
            return stat("\(run)/steps.csv", &found) == 0 ? Int(found.st_size) : 0
        }
    }

    private func watch(
        _ player: inout OutsidePlayer,
        _ seed: UInt64,
        faults: [String],
        _ calm: Calm,
        judge: (inout RunRow, Int) throws -> Void
    ) throws -> RunRow {
        let bound = calm.age + Self.secondsPerFault * Double(max(1, faults.count))
        let progressWithin = calm.age + Self.secondsToStep
        let end = try player.play(until: bound, progressWithin: progressWithin)
        var row = RunRow(seed: seed, faults: faults, seconds: player.run.age)
        if case .over = end {} else { player.run.kill() }
        let orphans = player.orphans(within: OutsidePlayer.orphanSeconds)
        if orphans > 0 {
            row.problem = "\(orphans) workers alive after the run"
        } else {
            switch end {
            case .over(let code): try judge(&row, code)
            case .late: row.problem = "not over after \(bound.rounded()) s"
            case .stuck(let seconds): row.problem = "no step for \(seconds.rounded()) s"
            }
        }
        return row
    }

    /// The verdict of the run stands in the row; a problem is what no fault explains.
    private func judge(_ row: inout RunRow, _ code: Int, _ calm: Calm, mayDiffer: Bool) throws {
        let place = "\(folder)/seed-\(row.seed)"
        let resumed = "\(place)/resumed.txt"
        let messages = RecordFile.exists(resumed) ? resumed : "\(place)/messages.txt"
        guard code == 0 || code == 1 else {
            row.problem = "exit code \(code): \(messages)"
            return
        }
        let loaded = try load("seed-\(row.seed)")
        let results = loaded.results
        row.verdict = results.survival.verdict
        row.incidents = results.survival.incidents.count
        row.unproven = results.faults.count { !$0.isProven }
        let measures = Set(results.survival.incidents.map(\.measure))
        // An end by policy is an end: the ladder has no rung left.
        let isAborted = measures.contains(RecoveryMeasure.abort.rawValue)
        let leaks = results.leaks
        // Whoever was left out has no part in the digests of later steps.
        let isSame = measures.contains(RecoveryMeasure.exclude.rawValue) || mayDiffer
        let digests = loaded.folder.steps.map(\.digest)
        let isUnproven = row.verdict == SurvivalLevel.inconclusive.rawValue
        if code != 0, !isAborted, !isUnproven {
            row.problem = "exit code \(code): \(messages)"
        } else if leaks.processes + leaks.sockets + leaks.sharedMemory > 0 {
            row.problem = "something is left behind: \(leaks)"
        } else if results.survival.tokensLost + results.survival.tokensDuplicated > 0 {
            row.problem = "tokens lost or doubled"
        } else if !isSame, digests != Array(calm.digests.prefix(digests.count)) {
            row.problem = "another result than without faults"
        } else if isAborted {
            row.verdict += " (by policy)"
        }
    }
}

extension FaultKind {
    /// Whether other tokens go to other experts.
    fileprivate var changesRouting: Bool { if case .expert = self { true } else { false } }
}

/// What became of a seed.
struct RunRow: Encodable {
    var seed: UInt64
    /// As `--fault` takes them, or those that found a worker, like "kill at 0.52 s".
    var faults: [String]
    var seconds: Double
    var verdict = ""
    var incidents = 0
    /// How often it was started again, after its coordinator was killed.
    var resumes = 0
    /// Faults of the plan without evidence.
    var unproven = 0
    /// `nil` if all is well.
    var problem: String?

    static let head = "seed  seconds  incidents  unproven  verdict        faults"

    var line: String {
        let time = "\((seconds * 100).rounded() / 100)"
        let tail = problem.map { "FAILED: \($0); " } ?? ""
        let fields = [("\(seed)", 4), (time, 7), ("\(incidents)", 9), ("\(unproven)", 8)]
        let numbers = fields.map { text, width in
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let padding = String(repeating: " ", count: max(0, 13 - verdict.count))
        return numbers.joined(separator: "  ") + "  \(verdict)\(padding)  " + tail
            + faults.joined(separator: "; ")
    }
}
