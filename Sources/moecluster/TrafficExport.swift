import ClusterModel
import ClusterRuntime
import Exchange
import ResultFiles
import Routing

/// Writes what a run routed and sent, in forms that other programs read.
struct TrafficExport {
    /// JSONL of assignments; nil for none.
    var trace: String?
    /// A folder of matrices; nil for none.
    var matrices: String?
    private var lines: [String: [String]] = [:]
    private var files: [(name: String, text: String)] = []
    /// Steps in which ranks were left out, by router.
    private var stepsWithoutRanks: [String: Int] = [:]

    /// Writes nothing.
    init() {}

    init(_ options: TraceOptions) {
        trace = options.exportTrace
        matrices = options.exportMatrix
    }

    /// Takes a step that was played.
    ///
    /// A rank that was left out has a line without tokens, so that a trace has all ranks in every
    /// step.
    mutating func add(_ played: PlayedStep, _ plan: ClusterPlan) {
        if matrices != nil {
            for outcome in played.segments where outcome.segment.movesTokens { add(outcome, plan) }
        }
        guard trace != nil, let outcome = played.segments.first else { return }
        let name = plan.routing.routers[outcome.router].rawValue
        if !outcome.excluded.isEmpty { stepsWithoutRanks[name, default: 0] += 1 }
        let layout = RankLayout(plan)
        for choices in played.choices {
            lines[name, default: []] += choices.traced(over: layout).map { rank, batch in
                TraceText.line(
                    batch,
                    step: outcome.step,
                    layer: choices.layer,
                    rank: rank.index
                )
            }
        }
    }

    /// Both exchanges of a segment.
    private mutating func add(_ outcome: StepOutcome, _ plan: ClusterPlan) {
        let router = plan.routing.routers[outcome.router].rawValue
        let segment =
            outcome.segment == .routed
            ? "" : outcome.segment.title.split(separator: " ").joined() + "-"
        let rows = outcome.inputs.map(\.send)
        let columns = rows.indices.map { column in rows.map { $0[column] } }
        for (exchange, matrix) in [("dispatch", rows), ("combine", columns)] {
            let name = "\(router)-step\(outcome.step)-\(segment)\(exchange).txt"
            files.append((name, TrafficMatrix.text(matrix)))
        }
    }

    /// What a reader of the trace has to know.
    var notes: [String] {
        stepsWithoutRanks.sorted { $0.key < $1.key }.map { name, steps in
            "--export-trace: in \(steps) steps of \(name) ranks were left out; the trace has them "
                + "without tokens, and a replay computes their experts where they were at first"
        }
    }

    /// Writes everything that was taken.
    func write() throws {
        if let matrices { try OutputFile.write(files, into: matrices) }
        guard let trace else { return }
        for (name, lines) in lines {
            let path = self.lines.count == 1 ? trace : Self.path(trace, of: name)
            try RouteOutput.write(lines.joined(separator: "\n") + "\n", to: path)
        }
    }

    /// `a/trace.jsonl` of switch is `a/trace-switch.jsonl`.
    static func path(_ path: String, of router: String) -> String {
        let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        guard let dot = path[start...].lastIndex(of: "."), dot > start else {
            return "\(path)-\(router)"
        }
        return "\(path[..<dot])-\(router)\(path[dot...])"
    }
}
