// `bench links` as text. At most 100 columns.

/// Links as a table for a terminal.
public enum LinkBenchTable {
    public static func text(of rows: [LinkBenchRow]) -> String {
        var table = TextTable(columns: [
            .init(title: "link", unit: ""),
            .init(title: "flows", unit: "at once"),
            .init(title: "configured", unit: "GB/s"),
            .init(title: "measured", unit: "GB/s"),
            .init(title: "differs", unit: ""),
            .init(title: "latency", unit: "conf., µs"),
            .init(title: "latency", unit: "meas., µs"),
            .init(title: "differs", unit: ""),
            .init(title: "late", unit: "p99, µs"),
            .init(title: "wrong", unit: "bytes"),
        ])
        table.rows = rows.map { row in
            [
                row.link, "\(row.flows)", Figure.fixed(row.configuredGbps, 3),
                Figure.fixed(row.measuredGbps, 3), signed(row.bandwidthDiffers),
                Figure.time(row.configuredLatencyUs), Figure.time(row.measuredLatencyUs),
                signed(row.latencyDiffers), Figure.time(row.latenessUs.p99),
                Figure.grouped(row.wrong),
            ]
        }
        return (table.lines + legend).joined(separator: "\n") + "\n"
    }

    private static let legend = [
        "# Rates are of all flows together, in emulated time, from the difference of two sizes.",
        "# latency: a message of one byte. Flows at once leave one rank (hccs, roce), or share the",
        "# port between two quads (pcie) or the uplink of a leaf.",
    ]

    private static func signed(_ share: Double) -> String {
        (share > 0 ? "+" : "") + Figure.percent(share, 2)
    }
}
