// `doctor --map`: which clusters, at which dilations, this host plays in time.

/// One run of the sweep.
public struct HostMapRow: Encodable, Sendable, Equatable {
    public var workers: Int
    public var dilation: Double
    /// The dilation of the run over the one that would be found for it.
    public var dilationShare: Double
    /// Bytes over links a second of host time, GB/s.
    public var hostGbps: Double
    /// p50 of the difference from the simulation, as a share.
    public var differs: Double
    /// p99 of lateness over the exchange.
    public var lateness: Double
    public var cpuBusy: Double
    public var isTrusted: Bool

    public init(
        workers: Int,
        dilation: Double,
        dilationShare: Double,
        hostGbps: Double,
        differs: Double,
        lateness: Double,
        cpuBusy: Double,
        isTrusted: Bool
    ) {
        self.workers = workers
        self.dilation = dilation
        self.dilationShare = dilationShare
        self.hostGbps = hostGbps
        self.differs = differs
        self.lateness = lateness
        self.cpuBusy = cpuBusy
        self.isTrusted = isTrusted
    }
}

/// The sweep as a table for a terminal.
public enum HostMapTable {
    public static func text(of rows: [HostMapRow]) -> String {
        var table = TextTable(columns: [
            .init(title: "workers", unit: ""),
            .init(title: "dilation", unit: ""),
            .init(title: "of auto", unit: ""),
            .init(title: "host rate", unit: "GB/s"),
            .init(title: "differs", unit: "p50"),
            .init(title: "late", unit: "p99/time"),
            .init(title: "CPU", unit: "busy"),
            .init(title: "verdict", unit: ""),
        ])
        table.rows = rows.map { row in
            [
                "\(row.workers)", Figure.fixed(row.dilation, 0),
                Figure.fixed(row.dilationShare, 2), Figure.fixed(row.hostGbps, 3),
                Figure.percent(row.differs, 2), Figure.percent(row.lateness, 2),
                Figure.percent(row.cpuBusy, 0), row.isTrusted ? "trusted" : "suspect",
            ]
        }
        return (table.lines + turns(rows)).joined(separator: "\n") + "\n"
    }

    /// Where the verdict turns, for each number of workers.
    private static func turns(_ rows: [HostMapRow]) -> [String] {
        Set(rows.map(\.workers)).sorted().map { workers in
            let own = rows.filter { $0.workers == workers }.sorted { $0.dilation > $1.dilation }
            let trusted = own.prefix { $0.isTrusted }
            guard let last = trusted.last else { return "# \(workers) workers: suspect throughout" }
            let suspect = own.dropFirst(trusted.count).first
            let turn =
                suspect.map { ", suspect at \(Figure.fixed($0.dilation, 0))" } ?? " throughout"
            return "# \(workers) workers: trusted down to a dilation of "
                + Figure.fixed(last.dilation, 0) + turn
        }
    }
}
