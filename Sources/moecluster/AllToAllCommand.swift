import ArgumentParser
import ClusterModel
import Report
import ResultFiles
import Workloads

/// `moecluster bench alltoall`.
struct AllToAllCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alltoall",
        abstract: "All-to-All exchanges alone, again and again, checked byte for byte.",
        discussion: """
            Workloads: \
            \(SyntheticWorkload.allCases.map { "\($0.rawValue) \($0.title)" }.joined(separator: ", ")). \
            Each iteration is a step of the workload; --bytes is the mean of a pair. Algorithms \
            take turns.
            """
    )

    @OptionGroup var plan: PlanOptions
    @Option(help: "Bytes a pair: 65536, 64KiB, 1MiB, 2MB; 1MiB if left out.") var bytes: String?
    @Option(help: "A file with a square of bytes, row = sender, instead of --bytes.")
    var matrix: String?
    @Option(help: "W0 to W7, several with commas (W0,W2), or all.") var workload: WorkloadChoice?
    @Option(help: "The algorithm, several with commas, or all.") var algorithm: AlgorithmList?
    @Option(help: "Measured exchanges (default: \(Self.usual.iterations)).") var iterations: Int?
    @Option(help: "Exchanges before those (default: \(Self.usual.warmup)).") var warmup: Int?
    @Flag(
        help: """
            Without the link model: the bare engine, in frames of 1 MiB whose payload is compared \
            after the clock has stopped, not summed.
            """
    )
    var unshaped = false
    @Flag(help: "In virtual time, without workers.") var simulate = false
    @Flag(help: "Simulated: direct against hierarchical over message size and nodes.")
    var crossover = false
    @Option(
        help: "A folder for bench.csv, bench.json or crossover.json, and their page, bench.html."
    ) var out: String?
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @OptionGroup var speech: SpeechOptions
    @Flag(help: "Exit with 2 if the run is not trustworthy.") var strict = false

    private static let usual = (iterations: 10, warmup: 2)

    private var bytesAPair: String { bytes ?? "1MiB" }
    private var measured: Int { iterations ?? Self.usual.iterations }
    private var unmeasured: Int { warmup ?? Self.usual.warmup }

    func validate() throws {
        guard (1...100_000).contains(measured), (0...100_000).contains(unmeasured) else {
            throw ValidationError("--iterations: expected 1 to 100000, --warmup 0 to 100000")
        }
        guard PairBytes(bytesAPair) != nil else {
            throw ValidationError(
                "--bytes \(bytesAPair): expected a size like 65536, 64KiB or 1MiB"
            )
        }
        guard !(unshaped && (simulate || crossover)) else {
            throw ValidationError("--unshaped measures this host: it cannot be simulated")
        }
        let isBent =
            bytes != nil || matrix != nil || workload != nil || algorithm != nil || strict
            || iterations != nil || warmup != nil
        guard !(crossover && isBent) else {
            throw ValidationError(
                "--crossover has sizes, matrices and algorithms of its own, and plays each once; "
                    + "expected it without --bytes, --matrix, --workload, --algorithm, "
                    + "--iterations, --warmup and --strict"
            )
        }
        guard matrix == nil || workload == nil else {
            throw ValidationError("--matrix and --workload: expected one of them")
        }
    }

    func run() throws {
        let console = speech.console
        var plan = try plan.plan(console)
        plan.routing.routers = []
        if matrix != nil, bytes != nil {
            console.warning("--bytes is not used: the matrix says what a pair exchanges")
        }
        try Exit.onFailure(console) {
            guard !crossover else { return try sweep(plan, console) }
            let bench = ExchangeBench(
                plan: plan,
                cases: try cases(plan, console),
                algorithms: algorithm?.names ?? AlgorithmList.all(tp: plan.parallel.tp),
                iterations: measured,
                warmup: unmeasured
            )
            let result =
                simulate
                ? try bench.simulate() : try bench.measure(isUnshaped: unshaped, console)
            let rows = result.rows
            if let failure = result.failure, rows.isEmpty { throw failure }
            try console.result(json ? JSONText.encode(rows) : BenchTable.text(of: rows))
            if let out { try warn(BenchFolder(out).write(rows: rows), console) }
            // What was measured until then has been printed and kept.
            if let failure = result.failure { throw failure }
            try conclude(result, console)
        }
    }

    private func cases(_ plan: ClusterPlan, _ console: Console) throws -> [BenchCase] {
        let pair = PairBytes(bytesAPair)?.value ?? 0
        if let matrix {
            do throws(PreflightProblem) {
                return [try BenchCase.file(matrix, world: plan.world)]
            } catch {
                console.error("--matrix: \(error); nothing was started")
                throw Exit.configuration
            }
        }
        guard let workload else {
            return [BenchCase.pairs(pair, text: bytesAPair, world: plan.world)]
        }
        return workload.names.map {
            BenchCase.workload(
                $0,
                seed: plan.workload.seed,
                layout: RankLayout(plan),
                mean: pair
            )
        }
    }

    private func sweep(_ plan: ClusterPlan, _ console: Console) throws {
        let rows = try CrossoverSweep(plan: plan).rows { console.progress($0) }
        if let out { try warn(BenchFolder(out).write(crossover: rows), console) }
        try console.result(json ? JSONText.encode(rows) : CrossoverTable.text(of: rows))
    }

    private func warn(_ notes: [String], _ console: Console) {
        for note in notes { console.warning(note) }
    }

    private func conclude(_ result: ExchangeBench.Result, _ console: Console) throws {
        let wrong = result.rows.reduce(0) { $0 + $1.wrong }
        if wrong > 0 {
            console.error("\(wrong) stretches of bytes were not as sent")
            throw Exit.failed
        }
        try Exit.onSuspicion(result.verdict, isStrict: strict, console)
    }
}

/// `--workload W0,W2` or `all`.
struct WorkloadChoice: ExpressibleByArgument {
    let names: [SyntheticWorkload]

    static let allValueStrings = SyntheticWorkload.allCases.map(\.rawValue) + ["all"]

    init?(argument: String) {
        guard argument != "all" else {
            names = SyntheticWorkload.allCases
            return
        }
        let words = argument.split(separator: ",").map { SyntheticWorkload(rawValue: String($0)) }
        guard !words.isEmpty, words.allSatisfy({ $0 != nil }) else { return nil }
        names = words.compactMap(\.self)
    }
}

/// `--algorithm direct,balanced` or `all`.
struct AlgorithmList: ExpressibleByArgument {
    /// `nil`: all of them.
    let names: [ExchangeAlgorithm]?

    static let allValueStrings = ExchangeAlgorithm.allCases.map(\.rawValue) + ["all"]

    /// All that differ on such a cluster; `auto` last.
    static func all(tp: Int) -> [ExchangeAlgorithm] {
        let shared: [ExchangeAlgorithm] = tp > 1 ? [.groupwise] : []
        return [.direct, .pairwise, .hierarchical, .biLevel, .rail, .balanced] + shared + [.auto]
    }

    init?(argument: String) {
        guard argument != "all" else {
            names = nil
            return
        }
        let words = argument.split(separator: ",").map { ExchangeAlgorithm(rawValue: String($0)) }
        guard !words.isEmpty, words.allSatisfy({ $0 != nil }) else { return nil }
        names = words.compactMap(\.self)
    }
}
