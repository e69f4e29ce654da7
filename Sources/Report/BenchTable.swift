// `bench alltoall` as text, in the manner of nccl-tests and hccl_test. At most 100 columns.

/// Exchanges as tables for a terminal.
public enum BenchTable {
    /// A table of times for each case, one of rates for all, a legend and a verdict on the bytes.
    public static func text(of rows: [BenchRow]) -> String {
        let slowest = rows.map { max($0.timeUs.p99, $0.simulatedUs ?? 0) }.max() ?? 0
        let unit = TimeUnit.suiting(slowest)
        var lines: [String] = []
        for workload in cases(rows) {
            let rows = rows.filter { $0.workload == workload }
            lines += heading(rows) + times(rows, unit) + choices(rows) + [""]
        }
        let wrong = rows.reduce(0) { $0 + $1.wrong }
        let isBare = rows.allSatisfy { $0.boundUs == nil }
        lines += rates(rows) + [""] + (isBare ? bareLegend : legend) + processorLines(rows)
        lines.append("# Wrong bytes: \(Figure.grouped(wrong)) \(wrong == 0 ? "OK" : "FAILED")")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Where workers moved the bytes, what it cost them.
    private static func processorLines(_ rows: [BenchRow]) -> [String] {
        let costs = rows.filter { $0.cpuSecondsPerGb > 0 }.map {
            "\($0.algorithm) \(Figure.fixed($0.cpuSecondsPerGb, 3))"
        }
        guard !costs.isEmpty else { return [] }
        return TextTable.wrapped(
            "# Processor seconds of the workers a GB moved: \(costs.joined(separator: ", "))"
        )
    }

    private static let legend = [
        "# Times are emulated, of the slowest rank, over iterations. transfer: what its own bytes",
        "# need at its links' rates; wait: the rest. simul.: the same machines in virtual time;",
        "# differs: p50 of the differences. bound: direct, and with relays through node mates;",
        "# effic.: the bound that holds for the algorithm / p50. algbw = busiest rank's bytes / time;",
        "# busbw = algbw (n - 1) / n; both emulated. late: delivery behind the model.",
    ]

    private static let bareLegend = [
        "# No link is emulated: times and rates are this host's, of the slowest rank, over iterations.",
        "# There is no model to compare with. algbw = busiest rank's bytes / time; busbw = algbw",
        "# (n - 1) / n.",
    ]

    /// In the order of their first rows.
    private static func cases(_ rows: [BenchRow]) -> [String] {
        rows.reduce(into: []) { names, row in
            if !names.contains(row.workload) { names.append(row.workload) }
        }
    }

    private static func heading(_ rows: [BenchRow]) -> [String] {
        rows.first.map {
            [
                "# \($0.workload): \($0.ranks) ranks on \($0.nodes) nodes, "
                    + "\(Figure.bytes(Double($0.bytesTotal))) an exchange"
            ]
        } ?? []
    }

    private static func choices(_ rows: [BenchRow]) -> [String] {
        rows.filter { $0.chosen != $0.algorithm }.map { "# \($0.algorithm) chose \($0.chosen)" }
    }

    private static func times(_ rows: [BenchRow], _ unit: TimeUnit) -> [String] {
        var table = TextTable(columns: [
            .init(title: "algorithm", unit: ""),
            .init(title: "time", unit: "p50, \(unit.name)"),
            .init(title: "time", unit: "p90, \(unit.name)"),
            .init(title: "time", unit: "p99, \(unit.name)"),
            .init(title: "transfer", unit: unit.name),
            .init(title: "wait", unit: unit.name),
            .init(title: "simul.", unit: unit.name),
            .init(title: "differs", unit: "p50"),
            .init(title: "bound", unit: "direct"),
            .init(title: "bound", unit: "relayed"),
            .init(title: "effic.", unit: "bd/p50"),
        ])
        table.rows = rows.map { row in
            [
                row.algorithm, unit.text(row.timeUs.p50), unit.text(row.timeUs.p90),
                unit.text(row.timeUs.p99), known(row.transferUs, unit.text),
                known(row.waitUs, unit.text), known(row.simulatedUs, unit.text),
                known(row.differs) { Figure.percent($0.p50, 2) }, known(row.boundUs, unit.text),
                known(row.boundRelayedUs, unit.text), known(row.efficiency) { Figure.percent($0) },
            ]
        }
        return table.lines
    }

    /// "-" for what only a model of the links knows.
    private static func known<Value>(_ value: Value?, _ text: (Value) -> String) -> String {
        value.map(text) ?? "-"
    }

    private static func rates(_ rows: [BenchRow]) -> [String] {
        var table = TextTable(columns: [
            .init(title: "case", unit: ""),
            .init(title: "algorithm", unit: ""),
            .init(title: "algbw", unit: "GB/s"),
            .init(title: "busbw", unit: "GB/s"),
            .init(title: "wrong", unit: "bytes"),
            .init(title: "late", unit: "p50, µs"),
            .init(title: "late", unit: "p99, µs"),
            .init(title: "late", unit: "max, µs"),
            .init(title: "CPU", unit: "busy"),
            .init(title: "wall", unit: "in all"),
        ])
        table.rows = rows.map { row in
            [
                row.workload, row.algorithm, Figure.fixed(row.algbwGbps, 2),
                Figure.fixed(row.busbwGbps, 2), Figure.grouped(row.wrong),
                known(row.latenessUs) { Figure.time($0.p50) },
                known(row.latenessUs) { Figure.time($0.p99) },
                known(row.latenessUs) { Figure.time($0.max) }, Figure.percent(row.cpuBusy, 0),
                Figure.wall(row.wallMs),
            ]
        }
        return table.lines
    }
}
