/// Rows of `bench alltoall` as a spreadsheet takes them.
public enum BenchCSV {
    private static let columns: [(name: String, value: @Sendable (BenchRow) -> String)] = [
        ("workload", { $0.workload }),
        ("algorithm", { $0.algorithm }),
        ("chosen", { $0.chosen }),
        ("ranks", { "\($0.ranks)" }),
        ("nodes", { "\($0.nodes)" }),
        ("bytes_total", { "\($0.bytesTotal)" }),
        ("time_p50_us", { "\($0.timeUs.p50)" }),
        ("time_p90_us", { "\($0.timeUs.p90)" }),
        ("time_p99_us", { "\($0.timeUs.p99)" }),
        ("time_min_us", { "\($0.timeUs.min)" }),
        ("time_max_us", { "\($0.timeUs.max)" }),
        ("transfer_us", { known($0.transferUs) }),
        ("wait_us", { known($0.waitUs) }),
        ("simulated_us", { known($0.simulatedUs) }),
        ("differs_p50", { known($0.differs?.p50) }),
        ("differs_p99", { known($0.differs?.p99) }),
        ("bound_us", { known($0.boundUs) }),
        ("bound_relayed_us", { known($0.boundRelayedUs) }),
        ("efficiency", { known($0.efficiency) }),
        ("algbw_gbps", { "\($0.algbwGbps)" }),
        ("busbw_gbps", { "\($0.busbwGbps)" }),
        ("wrong", { "\($0.wrong)" }),
        ("lateness_p99_us", { known($0.latenessUs?.p99) }),
        ("cpu_busy", { "\($0.cpuBusy)" }),
        ("wall_ms", { "\($0.wallMs)" }),
    ]

    /// Empty for what only a model of the links knows.
    private static func known(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

    /// A header and a line for each row.
    public static func text(of rows: [BenchRow]) -> String {
        let lines = rows.map { row in CSV.row(columns.map { $0.value(row) }) }
        return ([CSV.row(columns.map(\.name))] + lines).joined(separator: "\n") + "\n"
    }
}
