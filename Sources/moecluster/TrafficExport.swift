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

    /// Writes nothing.
    init() {}

    init(_ options: TraceOptions) {
        trace = options.exportTrace
        matrices = options.exportMatrix
    }

    /// Takes the segments of a step that was played.
    ///
    /// Assignments are made again, for the same tokens give the same ones; those of routers that
    /// learn are not kept, and `check` has refused them.
    mutating func add(
        _ segments: [StepOutcome],
        _ plan: ClusterPlan,
        _ tokens: RunTokens,
        _ hurts: [ExpertHurt]
    ) {
        if matrices != nil {
            for outcome in segments where outcome.segment.movesTokens { add(outcome, plan) }
        }
        guard trace != nil, case .routed(_, let routing) = tokens, let outcome = segments.first
        else { return }
        let name = plan.routing.routers[outcome.router].rawValue
        let layout = RankLayout(plan)
        for rank in layout.ranks where layout.leader(of: rank) == rank {
            let batch = routing.route(
                rank: rank,
                step: outcome.step,
                router: outcome.router,
                hurts: hurts
            )
            lines[name, default: []].append(
                TraceText.line(
                    RoutingTrace.Batch(batch.assignment, tokens: batch.tokens.count),
                    step: outcome.step,
                    layer: 0,
                    rank: rank.index
                )
            )
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

    /// Refuses what cannot be written of a plan, before anything starts.
    func check(_ plan: ClusterPlan) throws(PreflightProblem) {
        guard trace != nil, plan.training.corpus != nil else { return }
        throw PreflightProblem(
            description: "--export-trace: choices of routers that learn are not kept, expected a "
                + "plan without workload.corpus; --export-matrix writes what they send"
        )
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
