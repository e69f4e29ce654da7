import ArgumentParser
import ClusterModel
import ClusterRuntime
import Configuration
import Evaluation
import Exchange
import Glibc
import Report
import ResultFiles

/// `moecluster bench`: exchanges alone.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures exchanges alone.",
        subcommands: [AllToAllCommand.self]
    )
}

/// `moecluster bench alltoall`.
struct AllToAllCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alltoall",
        abstract: "One All-to-All exchange, again and again, checked byte for byte."
    )

    @OptionGroup var plan: PlanOptions
    @Option(help: "Bytes a pair: 65536, 64KiB, 1MiB, 2MB.") var bytes = "1MiB"
    @Option(help: "A file with a square of bytes, row = sender, instead of --bytes.")
    var matrix: String?
    @Option(help: "The algorithm: direct, or all of them.") var algorithm = "all"
    @Option(help: "Measured exchanges.") var iterations = 10
    @Option(help: "Exchanges before those.") var warmup = 2
    @Flag(help: "Without the link model: the bare engine.") var unshaped = false
    @Flag(help: "In virtual time, without workers.") var simulate = false
    @Flag(help: "Results as JSON on stdout, nothing else there.") var json = false
    @Flag(help: "Say nothing but errors on stderr.") var quiet = false
    @Flag(help: "Exit with 2 if the run is not trustworthy.") var strict = false

    func validate() throws {
        guard ["direct", "all"].contains(algorithm) else {
            throw ValidationError("--algorithm \(algorithm): expected direct or all")
        }
        guard (1...100_000).contains(iterations), (0...100_000).contains(warmup) else {
            throw ValidationError("--iterations: expected 1 to 100000, --warmup 0 to 100000")
        }
        guard PairBytes(bytes) != nil else {
            throw ValidationError("--bytes \(bytes): expected a size like 65536, 64KiB or 1MiB")
        }
        guard !(unshaped && simulate) else {
            throw ValidationError("--unshaped measures this host: it cannot be simulated")
        }
    }

    func run() throws {
        let console = Console(level: .info, isQuiet: quiet)
        var plan = try plan.plan(console)
        plan.routing.routers = []
        do {
            let traffic = try trafficMatrix(plan)
            let bench = ExchangeBench(
                plan: plan,
                matrix: traffic,
                iterations: iterations,
                warmup: warmup
            )
            let (row, verdict) =
                simulate
                ? try bench.simulate() : try bench.measure(isUnshaped: unshaped, console)
            try console.result(json ? JSONText.encode([row]) : BenchTable.text(of: [row]))
            try conclude(row, verdict, console)
        } catch let code as ExitCode {
            throw code
        } catch {
            console.error("\(error)")
            throw "\(error)" == "interrupted" ? Exit.interrupted : Exit.failed
        }
    }

    private func conclude(_ row: BenchRow, _ verdict: Fidelity?, _ console: Console) throws {
        if row.wrong > 0 {
            console.error("\(row.wrong) stretches of bytes were not as sent")
            throw Exit.failed
        }
        guard let verdict else { return }
        console.info(
            "verdict: \(verdict.verdict)" + (verdict.advice.isEmpty ? "" : ": ")
                + verdict.advice
        )
        if strict, verdict.verdict == "suspect" { throw Exit.untrusted }
    }

    private func trafficMatrix(_ plan: ClusterPlan) throws -> TrafficMatrix {
        guard let matrix else {
            let pair = PairBytes(bytes)?.value ?? 0
            let row = Array(repeating: pair, count: plan.world)
            return TrafficMatrix(rows: Array(repeating: row, count: plan.world))
        }
        return try MatrixFile.read(matrix, world: plan.world)
    }
}
