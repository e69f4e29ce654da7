// `bench links` as text. At most 100 columns.

/// Links as a table for a terminal.
public enum LinkBenchTable {
    public static func text(of rows: [LinkBenchRow]) -> String {
        var table = TextTable(columns: [
            .init(title: "link", unit: ""),
            .init(title: "flows", unit: "at once"),
            .init(title: "conf.", unit: "GB/s"),
            .init(title: "meas.", unit: "GB/s"),
            .init(title: "differs", unit: ""),
            .init(title: "latency", unit: "conf."),
            .init(title: "latency", unit: "meas."),
            .init(title: "differs", unit: ""),
            .init(title: "64 KiB", unit: "differs"),
            .init(title: "1 MiB", unit: "differs"),
            .init(title: "late", unit: "p99"),
            .init(title: "wrong", unit: "bytes"),
        ])
        table.rows = rows.map { row in
            [
                row.link, "\(row.flows)", Figure.fixed(row.configuredGbps, 3),
                Figure.fixed(row.measuredGbps, 3), signed(row.bandwidthDiffers),
                Figure.time(row.configuredLatencyUs), Figure.time(row.measuredLatencyUs),
                signed(row.latencyDiffers), signed(row.smallDiffers), signed(row.largeDiffers),
                Figure.time(row.latenessUs.p99), Figure.grouped(row.wrong),
            ]
        }
        return (table.lines + legend).joined(separator: "\n") + "\n"
    }

    private static let legend = [
        "# Rates are of all flows together, in emulated time, from the difference of two sizes.",
        "# latency, late: µs of emulated time; latency is that of a message of one byte. 64 KiB, 1 MiB:",
        "# the time of flows of that size over the model's, minus 1. Flows at once leave one rank",
        "# (hccs, roce), or share the port between two quads (pcie) or the uplink of a leaf.",
    ]

    private static func signed(_ share: Double) -> String {
        (share > 0 ? "+" : "") + Figure.percent(share, 2)
    }
}
