// Every figure of every router in one table: a row a figure, with its unit and its statistic.

/// The table of all figures.
enum FigureTable {
    /// A figure of a router.
    private struct Row: Sendable {
        var name: String
        /// What kind of number it is: "p50", "mean of a step", "sum".
        var statistic: String
        var unit: String
        var value: @Sendable (RouterResults) -> String
    }

    /// The table; routers are its columns.
    static func table(of results: RunResults) -> HTMLTable {
        let routers = results.routers
        let groups = [
            ("Time, emulated", times), ("Against the baseline", versus(results.baseline?.name)),
            (
                "Bytes, both exchanges",
                bytes + (routers.contains { $0.sumBytes != nil } ? sums : [])
            ),
            ("Token-expert pairs", tokens),
            ("Imbalance of tokens", imbalance), ("Checked", checked),
        ]
        return HTMLTable(
            caption: "All figures, over \(routers.first?.steps ?? 0) measured steps",
            headers: ["figure"] + routers.map(\.name),
            rows: groups.flatMap { name, rows in
                [[name]]
                    + rows.map { row in
                        ["\(row.name)\n\(row.statistic), \(row.unit)"] + routers.map(row.value)
                    }
            } + quality(routers)
        )
    }

    private static func time(
        _ name: String,
        _ statistic: String,
        _ value: @escaping @Sendable (RouterResults) -> Double
    ) -> Row {
        Row(name: name, statistic: statistic, unit: "µs") { Figure.time(value($0)) }
    }

    private static let times: [Row] = [
        time("step time", "p50 over steps") { $0.stepTimeUs.p50 },
        time("step time", "p90 over steps") { $0.stepTimeUs.p90 },
        time("step time", "p99 over steps") { $0.stepTimeUs.p99 },
        time("step time", "mean over steps") { $0.stepTimeUs.mean },
        time("gate", "median step, slowest rank") { $0.phasesUs.gate },
        time("dispatch", "median step, slowest rank") { $0.phasesUs.dispatch },
        time("expert", "median step, slowest rank") { $0.phasesUs.expert },
        time("wait", "median step, slowest rank") { $0.phasesUs.wait },
        time("combine", "median step, slowest rank") { $0.phasesUs.combine },
        time("sums of gradients and counts", "median step, slowest rank") { $0.phasesUs.sum ?? 0 },
        Row(name: "all-to-all of the step", statistic: "medians", unit: "%") {
            Figure.fixed($0.alltoallShare * 100, 1)
        },
        time("dispatch exchange", "p50 of its slowest rank") { $0.dispatchUs },
        time("bound, direct (LB2)", "p50 over steps") { $0.boundUs.direct },
        time("bound, relayed (LB3)", "p50 over steps") { $0.boundUs.relayed },
        Row(name: "efficiency", statistic: "direct bound / dispatch", unit: "%") {
            Figure.fixed($0.efficiency * 100, 1)
        },
        time("simulated step time", "p50 over steps") { $0.simulatedUs },
        Row(name: "measured against simulated step", statistic: "p50s", unit: "%") {
            Figure.fixed($0.simulationDifference * 100, 2)
        },
        Row(name: "measured against simulated all-to-all", statistic: "p50 over steps", unit: "%") {
            Figure.fixed($0.alltoallError * 100, 2)
        },
    ]

    private static func versus(_ baseline: String?) -> [Row] {
        [
            Row(name: "step time ratio", statistic: "mean of pairs", unit: "x") {
                Figure.fixed($0.versusBaseline.stepTimeRatio, 4)
            },
            intervalEnd("95 % interval from", 0, baseline),
            intervalEnd("95 % interval to", 1, baseline),
            Row(name: "inter-node bytes ratio", statistic: "of sums", unit: "x") {
                Figure.fixed($0.versusBaseline.interNodeBytesRatio, 4)
            },
        ]
    }

    private static func intervalEnd(_ statistic: String, _ end: Int, _ baseline: String?) -> Row {
        Row(name: "step time ratio", statistic: statistic, unit: "x") { router in
            guard router.name != baseline, let interval = router.versusBaseline.interval
            else { return "-" }
            return Figure.fixed(end == 0 ? interval.low : interval.high, 4)
        }
    }

    private static func count(
        _ name: String,
        _ statistic: String,
        _ unit: String,
        _ value: @escaping @Sendable (RouterResults) -> Int
    ) -> Row {
        Row(name: name, statistic: statistic, unit: unit) { Figure.grouped(value($0)) }
    }

    private static func megabytes(
        _ name: String,
        _ statistic: String,
        _ value: @escaping @Sendable (RouterResults) -> Int
    ) -> Row {
        Row(name: name, statistic: statistic, unit: "MB") {
            Figure.fixed(Double(value($0)) / 1e6, 3)
        }
    }

    private static let bytes: [Row] = [
        megabytes("local", "sum") { $0.bytes.local },
        megabytes("intra-node", "sum") { $0.bytes.intraNode },
        megabytes("inter-node", "sum") { $0.bytes.interNode },
        megabytes("exchange buffers of a rank", "peak") { $0.memoryBytes.exchangePeak },
    ]

    /// Only where something was summed.
    private static let sums: [Row] = [
        megabytes("sums of gradients and counts, intra-node", "sum") {
            $0.sumBytes?.intraNode ?? 0
        },
        megabytes("sums of gradients and counts, inter-node", "sum") {
            $0.sumBytes?.interNode ?? 0
        },
    ]

    private static let tokens: [Row] = [
        count("offered", "sum", "pairs") { $0.tokens.offered },
        count("routed", "sum", "pairs") { $0.tokens.routed },
        count("dropped", "sum", "pairs") { $0.tokens.dropped },
        Row(name: "dropped of offered", statistic: "of sums", unit: "%") {
            Figure.fixed($0.tokens.droppedShare * 100, 2)
        },
        Row(name: "busiest expert", statistic: "mean of a step", unit: "tokens") {
            Figure.fixed($0.tokens.perExpertMax, 1)
        },
        Row(name: "expert", statistic: "mean", unit: "tokens") {
            Figure.fixed($0.tokens.perExpertMean, 1)
        },
    ]

    private static func evenness(
        _ name: String,
        _ even: String,
        _ value: @escaping @Sendable (RouterResults) -> Double
    ) -> Row {
        Row(name: name, statistic: "mean of a step", unit: even) { Figure.fixed(value($0), 3) }
    }

    private static let imbalance: [Row] = [
        evenness("experts, max / mean", "1 is even") { $0.imbalance.expertMaxOverMean },
        evenness("ranks, max / mean", "1 is even") { $0.imbalance.rankMaxOverMean },
        evenness("nodes, max / mean", "1 is even") { $0.imbalance.nodeMaxOverMean },
        evenness("experts, coefficient of variation", "0 is even") { $0.imbalance.cv },
        evenness("experts, Gini", "0 is even") { $0.imbalance.gini },
        evenness("experts, entropy / ln n", "1 is even") { $0.imbalance.entropy },
    ]

    private static let checked: [Row] = [
        count("followed there and back", "sum", "pairs") { $0.verified.tokens },
        megabytes("compared byte for byte", "sum") { $0.verified.bytes },
        count("wrong", "sum", "pairs") { $0.verified.mismatches },
    ]

    /// Only where a router was trained.
    private static func quality(_ routers: [RouterResults]) -> [[String]] {
        guard routers.contains(where: { $0.quality != nil }) else { return [] }
        let loss =
            routers.compactMap(\.quality?.timeToLoss?.loss).first
            .map { " of \(Figure.fixed($0, 4))" } ?? ""
        let figures: [(String, (Quality) -> String?)] = [
            ("training loss\nmean of the last tenth, nats", { Figure.fixed($0.trainLoss, 4) }),
            ("held-out loss\nmean, nats", { Figure.fixed($0.heldOutLoss, 4) }),
            (
                "time to a loss\(loss)\nemulated, µs",
                { $0.timeToLoss?.emulatedUs.map(Figure.time) }
            ),
            ("kept in training\nof pairs, %", { $0.keptShare.map { Figure.percent($0) } }),
            (
                "tokens by expert\nCalinski-Harabasz index, 1",
                { $0.calinskiHarabasz.map { Figure.fixed($0, 1) } }
            ),
            (
                "tokens by expert\ndispersion between / within, 1",
                { $0.betweenOverWithin.map { Figure.fixed($0, 4) } }
            ),
            (
                "slots that stay empty\nof slots, %",
                { $0.emptySlotShare.map { Figure.percent($0) } }
            ),
        ]
        return [["Quality"]]
            + figures.map { name, figure in
                [name] + routers.map { $0.quality.flatMap(figure) ?? "-" }
            }
    }
}
