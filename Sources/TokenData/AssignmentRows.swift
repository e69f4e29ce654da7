import Routing

/// The CSV of `moecluster route --out`, a row for each (token, expert) pair in token order.
enum AssignmentRows {
    static func trace(
        _ lines: [TraceLine],
        _ plan: TraceFile.Plan
    ) throws(TraceProblem) -> RoutingTrace {
        let header = AssignmentCSV.header.split(separator: "\n")[0]
        guard lines[0].text == header else {
            throw lines[0].problem("\"\(lines[0].text.prefix(60))\"", "\(header), or JSONL")
        }
        var tokens: [[RoutingTrace.Batch.Choice]] = []
        for line in lines.dropFirst() {
            let (token, choice) = try row(line, plan)
            guard token >= tokens.count - 1 else {
                throw line.problem("token \(token) after \(tokens.count - 1)", "tokens in order")
            }
            while tokens.count <= token { tokens.append([]) }
            guard !tokens[token].contains(where: { $0.expert == choice.expert }) else {
                throw line.problem("token \(token) chooses expert \(choice.expert) again", "once")
            }
            tokens[token].append(choice)
        }
        guard tokens.count >= plan.tokens else {
            throw TraceProblem(
                line: lines.last?.number ?? 1,
                seen: "\(tokens.count) tokens in all",
                expected: "at least \(plan.tokens), workload.tokens_per_npu"
            )
        }
        return dealt(tokens, plan)
    }

    private static func row(
        _ line: TraceLine,
        _ plan: TraceFile.Plan
    ) throws(TraceProblem) -> (Int, RoutingTrace.Batch.Choice) {
        let cells = line.text.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == 7 else {
            throw line.problem("\(cells.count) columns", "7")
        }
        // Far beyond any file, and small enough that what lies between may be empty.
        guard let token = Int(cells[0]), (0..<1 << 24).contains(token) else {
            throw line.problem("token \"\(cells[0])\"", "a whole number from 0 below 2^24")
        }
        guard let expert = Int(cells[1]), (0..<plan.experts).contains(expert) else {
            throw line.problem(
                "expert \"\(cells[1])\"",
                "0 to \(plan.experts - 1), the plan's experts"
            )
        }
        for (name, cell) in [("score", cells[2]), ("weight", cells[3])] {
            guard Double(cell) != nil else {
                throw line.problem("\(name) \"\(cell)\"", "a number")
            }
        }
        guard let position = Int(cells[4]), position >= -1 else {
            throw line.problem("position \"\(cells[4])\"", "a slot, or -1")
        }
        guard cells[5] == "0" || cells[5] == "1", (position >= 0) == (cells[5] == "1") else {
            throw line.problem(
                "kept \"\(cells[5])\" at position \(position)",
                "1 at a slot, 0 at -1"
            )
        }
        guard cells[5] == "1" ? cells[6].isEmpty : reasons.contains(String(cells[6])) else {
            throw line.problem(
                "reason \"\(cells[6])\" of kept \(cells[5])",
                "none of a pair that is kept, else capacity or threshold"
            )
        }
        return (token, .init(expert: expert, isKept: cells[5] == "1"))
    }

    private static let reasons: Set<String> = ["capacity", "threshold"]

    /// Batches of the file's tokens, rank after rank, step after step.
    private static func dealt(
        _ tokens: [[RoutingTrace.Batch.Choice]],
        _ plan: TraceFile.Plan
    ) -> RoutingTrace {
        let batches = stride(from: 0, through: tokens.count - plan.tokens, by: plan.tokens).map {
            RoutingTrace.Batch(choices: Array(tokens[$0..<$0 + plan.tokens]))
        }
        let ranks = plan.sources.count
        let steps = (0..<max(1, batches.count / ranks)).map { step in
            Dictionary(
                uniqueKeysWithValues: plan.sources.enumerated().map { index, rank in
                    (rank, batches[(step * ranks + index) % batches.count])
                }
            )
        }
        return RoutingTrace(steps: steps, experts: plan.experts)
    }
}
