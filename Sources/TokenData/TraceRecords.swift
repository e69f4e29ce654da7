import Routing

/// A routing trace as JSON lines, a record for each step, layer and rank.
enum TraceRecords {
    static func trace(
        _ lines: [TraceLine],
        _ plan: TraceFile.Plan
    ) throws(TraceProblem) -> RoutingTrace {
        var batches: [Int: [Int: [Int: (batch: RoutingTrace.Batch, line: TraceLine)]]] = [:]
        for line in lines {
            let record = try Record(line)
            let batch = try record.batch(line, plan)
            let known = batches[record.layer]?[record.step]?[record.rank]
            guard known == nil else {
                throw line.problem(
                    "step \(record.step), layer \(record.layer), rank \(record.rank) again",
                    "each once: line \(known?.line.number ?? 0) has it"
                )
            }
            batches[record.layer, default: [:]][record.step, default: [:]][record.rank] = (
                batch, line
            )
        }
        // Records of deeper layers have been checked; a run has one MoE layer.
        let layer = batches.keys.min() ?? 0
        var steps: [[Int: RoutingTrace.Batch]] = []
        for (step, ranks) in (batches[layer] ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let missing = plan.sources.first(where: { ranks[$0] == nil }) else {
                steps.append(ranks.mapValues(\.batch).filter { plan.sources.contains($0.key) })
                continue
            }
            let last = ranks.values.map(\.line.number).max() ?? 1
            throw TraceProblem(
                line: last,
                seen: "step \(step) ends without rank \(missing)",
                expected:
                    "a record of every rank of the plan that has tokens, \(plan.sources.count)"
            )
        }
        return RoutingTrace(steps: steps, experts: plan.experts)
    }

    /// One line's fields.
    private struct Record {
        var step: Int
        var layer: Int
        var rank: Int
        var tokens: Int
        var topK: Int
        var experts: [[Int]]
        var kept: [[Int]]?
        var capacity: Int?

        init(_ line: TraceLine) throws(TraceProblem) {
            let fields = try NumberFields.read(line)
            func number(_ name: String) throws(TraceProblem) -> Int {
                guard let value = fields[name] else {
                    throw line.problem("no \"\(name)\"", "a whole number, 0 or more")
                }
                guard case .number(let number) = value, number >= 0 else {
                    throw line.problem("\"\(name)\" is \(value)", "a whole number, 0 or more")
                }
                return number
            }
            func rows(_ name: String, topK: Int) throws(TraceProblem) -> [[Int]] {
                guard let value = fields[name] else {
                    throw line.problem("no \"\(name)\"", "a list for each token")
                }
                guard let rows = value.rows(of: topK) else {
                    throw line.problem(
                        "\"\(name)\" is \(value)",
                        "a list of numbers for each token"
                    )
                }
                return rows
            }
            step = try number("step")
            layer = try number("layer")
            rank = try number("rank")
            tokens = try number("num_tokens")
            topK = try number("topk")
            experts = try rows("top_indices", topK: topK)
            kept = fields["kept"] == nil ? nil : try rows("kept", topK: topK)
            capacity = fields["capacity"] == nil ? nil : try number("capacity")
        }

        func batch(
            _ line: TraceLine,
            _ plan: TraceFile.Plan
        ) throws(TraceProblem) -> RoutingTrace.Batch {
            try check(line, plan)
            let choices = experts.enumerated().map { token, row in
                row.enumerated().map { place, expert in
                    RoutingTrace.Batch.Choice(
                        expert: expert,
                        isKept: kept.map { $0[token][place] == 1 } ?? true
                    )
                }
            }
            return RoutingTrace.Batch(choices: choices, capacity: capacity)
        }

        private func check(_ line: TraceLine, _ plan: TraceFile.Plan) throws(TraceProblem) {
            guard rank < plan.world else {
                throw line.problem("rank \(rank)", "0 to \(plan.world - 1), the plan's ranks")
            }
            guard tokens <= plan.tokens else {
                throw line.problem(
                    "num_tokens \(tokens)",
                    "at most \(plan.tokens), workload.tokens_per_npu"
                )
            }
            guard experts.count == tokens else {
                throw line.problem(
                    "\(experts.count) rows of top_indices",
                    "\(tokens), num_tokens"
                )
            }
            for (token, row) in experts.enumerated() {
                guard row.count <= topK, Set(row).count == row.count else {
                    throw line.problem(
                        "token \(token) chooses \(row)",
                        "at most \(topK) experts (topk), each once"
                    )
                }
                guard let wrong = row.first(where: { $0 < 0 || $0 >= plan.experts }) else {
                    continue
                }
                throw line.problem(
                    "token \(token) chooses expert \(wrong)",
                    "0 to \(plan.experts - 1), the plan's experts"
                )
            }
            try checkKept(line)
        }

        private func checkKept(_ line: TraceLine) throws(TraceProblem) {
            if let kept {
                guard kept.map(\.count) == experts.map(\.count),
                    kept.joined().allSatisfy({ $0 == 0 || $0 == 1 })
                else {
                    throw line.problem("\"kept\" is no match", "0 or 1 for each of top_indices")
                }
            }
            guard let capacity else { return }
            var counts: [Int: Int] = [:]
            for (token, row) in experts.enumerated() {
                for (place, expert) in row.enumerated() where kept?[token][place] ?? 1 == 1 {
                    counts[expert, default: 0] += 1
                }
            }
            guard let (expert, count) = counts.max(by: { $0.value < $1.value }), count > capacity
            else { return }
            throw line.problem(
                "expert \(expert) keeps \(count) tokens",
                "at most \(capacity), its capacity"
            )
        }
    }
}
