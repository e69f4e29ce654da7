// `bench alltoall` as text, in the manner of nccl-tests and hccl_test. At most 100 columns.

/// Exchanges as a table for a terminal.
public enum BenchTable {
    /// The table with a legend and a verdict on the bytes, with a line end.
    public static func text(of rows: [BenchRow]) -> String {
        let slowest = rows.map { max($0.timeUs.p99, $0.simulatedUs) }.max() ?? 0
        let unit = TimeUnit.suiting(slowest)
        var table = TextTable(columns: [
            .init(title: "algorithm", unit: ""),
            .init(title: "ranks", unit: "/nodes"),
            .init(title: "size", unit: "total"),
            .init(title: "time", unit: "p50, \(unit.name)"),
            .init(title: "time", unit: "p99, \(unit.name)"),
            .init(title: "simul.", unit: unit.name),
            .init(title: "bound", unit: unit.name),
            .init(title: "effic.", unit: "bd/p50"),
            .init(title: "algbw", unit: "GB/s"),
            .init(title: "busbw", unit: "GB/s"),
            .init(title: "wrong", unit: "bytes"),
            .init(title: "late", unit: "p99, µs"),
            .init(title: "CPU", unit: "busy"),
        ])
        table.rows = rows.map { cells($0, unit) }
        let wrong = rows.reduce(0) { $0 + $1.wrong }
        let lines =
            table.lines + [
                "# Times are emulated, over iterations of the slowest rank.",
                "# algbw = busiest rank's bytes / time; busbw = algbw (n - 1) / n; both emulated.",
                "# bound: no direct exchange can be faster. late: delivery behind the model.",
                "# Wrong bytes: \(Figure.grouped(wrong)) \(wrong == 0 ? "OK" : "FAILED")",
            ]
        return (lines + processorLines(rows)).joined(separator: "\n") + "\n"
    }

    /// Where workers moved the bytes, what it cost them.
    private static func processorLines(_ rows: [BenchRow]) -> [String] {
        let costs = rows.filter { $0.cpuSecondsPerGb > 0 }.map {
            "\($0.algorithm) \(Figure.fixed($0.cpuSecondsPerGb, 3))"
        }
        guard !costs.isEmpty else { return [] }
        return ["# Processor seconds of the workers a GB moved: \(costs.joined(separator: ", "))"]
    }

    private static func cells(_ row: BenchRow, _ unit: TimeUnit) -> [String] {
        [
            row.algorithm, "\(row.ranks)/\(row.nodes)",
            Figure.bytes(Double(row.bytesTotal)), unit.text(row.timeUs.p50),
            unit.text(row.timeUs.p99), unit.text(row.simulatedUs),
            unit.text(row.boundUs), Figure.percent(row.efficiency),
            Figure.fixed(row.algbwGbps, 2), Figure.fixed(row.busbwGbps, 2),
            Figure.grouped(row.wrong), Figure.time(row.latenessUs.p99),
            Figure.percent(row.cpuBusy, 0),
        ]
    }
}
