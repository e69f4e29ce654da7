import ArgumentParser
import Report
import ResultFiles

/// `moecluster theory`: the theory of capacity, as figures.
struct TheoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "theory",
        abstract: "Bounds on an expert's capacity, and the chances of TCR and ECR.",
        discussion: """
            Every size is a number, a list (8,16), a range by steps (0.1..0.5:0.1) or by a factor \
            (16..1024:x2), and every combination is a row.
            """
    )

    @Option(name: [.long, .customShort("n")], help: "n, experts.")
    var experts = NumberList<Int>(argument: "8")!
    @Option(name: [.long, .customShort("d")], help: "d, the hidden size, at least 2.")
    var hidden = NumberList<Int>(argument: "64,256,1024,4096")!
    @Option(name: [.long, .customLong("delta")], help: "δ, affinity, from 0 to 1.")
    var affinity = NumberList<Double>(argument: "0.05..0.3:0.05")!
    @Option(name: [.long, .customShort("s")], help: "s, tokens of a source rank's batch.")
    var tokens = NumberList<Int>(argument: "1024")!
    @Option(name: [.long, .customShort("c")], help: "C, slots of an expert.")
    var capacity = NumberList<Int>(argument: "16..160:16")!
    @Option(name: [.long, .customShort("p")], help: "p, the true-positive share of TCR.")
    var truePositive = NumberList<Double>(argument: "0.125,1")!
    @Option(name: [.long, .customShort("q")], help: "q, the false-positive share of ECR.")
    var falsePositive = NumberList<Double>(argument: "0.125,0.05,0.02,0.01")!
    @Flag(help: "JSON on stdout instead of the table.") var json = false
    @Flag(help: "CSV on stdout instead of the table, one figure a row.") var csv = false
    @Option(help: "A page with plots, FILE.html.") var out: String?
    @OptionGroup var speech: SpeechOptions

    /// The most rows of one call.
    private static let rowsMax = 100_000

    func validate() throws {
        guard !(json && csv) else { throw ValidationError("--json or --csv, not both") }
        try require(experts, "--experts", 1...1_000_000)
        try require(hidden, "--hidden", 2...100_000_000)
        try require(affinity, "--affinity", 0...1)
        try require(tokens, "--tokens", 1...10_000_000)
        try require(capacity, "--capacity", 0...10_000_000)
        try require(truePositive, "--true-positive", 0...1)
        try require(falsePositive, "--false-positive", 0...1)
        let rows =
            experts.values.count * hidden.values.count * affinity.values.count
            + experts.values.count * tokens.values.count * capacity.values.count
        guard rows <= Self.rowsMax else {
            throw ValidationError("\(rows) rows: expected at most \(Self.rowsMax)")
        }
    }

    private func require<Number>(
        _ list: NumberList<Number>,
        _ option: String,
        _ range: ClosedRange<Number>
    ) throws {
        if let wrong = list.values.first(where: { !range.contains($0) }) {
            throw ValidationError(
                "\(option) \(wrong): expected \(range.lowerBound) to \(range.upperBound)"
            )
        }
    }

    func run() throws {
        let console = speech.console
        let theory = TheoryEvaluation(
            experts: experts.values,
            hidden: hidden.values,
            affinities: affinity.values,
            tokens: tokens.values,
            capacities: capacity.values,
            truePositive: truePositive.values,
            falsePositive: falsePositive.values
        ).theory
        if json {
            try console.result(JSONText.encode(theory))
        } else {
            try console.result(csv ? TheoryTable.csv(of: theory) : TheoryTable.text(of: theory))
        }
        if let out { try write(theory, to: out, console) }
    }

    private func write(_ theory: Theory, to path: String, _ console: Console) throws {
        var script: String?
        do throws(FileProblem) {
            script = try VegaLibrary.load()
        } catch {
            console.warning("\(path) has tables but no charts: \(error)")
        }
        let command = CommandLine.arguments.dropFirst().joined(separator: " ")
        let page = TheoryHTML.text(
            of: theory,
            command: "moecluster " + command,
            vegaScript: script
        )
        do {
            try RouteOutput.write(page, to: path)
        } catch {
            console.error("\(error)")
            throw Exit.failed
        }
        console.info("page: \(path)")
    }
}
