// `train` as text: a row for each training run, a mean where a router had several seeds.

/// Training runs as a table for a terminal.
public enum TrainingTable {
    /// The table with a legend, with a line end.
    public static func text(of rows: [TrainingRow]) -> String {
        var table = TextTable(columns: [
            .init(title: "router", unit: ""),
            .init(title: "seed", unit: ""),
            .init(title: "train", unit: "loss"),
            .init(title: "held-out", unit: "loss"),
            .init(title: "kept", unit: "share"),
            .init(title: "away", unit: "chosen"),
            .init(title: "away", unit: "kept"),
            .init(title: "load", unit: "max/mean"),
            .init(title: "a step", unit: "wall, ms"),
        ])
        var routers: [String] = []
        for row in rows where !routers.contains(row.router) { routers.append(row.router) }
        for router in routers {
            let runs = rows.filter { $0.router == router }
            table.rows += runs.map { cells([$0], seed: "\($0.seed)") }
            if runs.count > 1 { table.rows.append(cells(runs, seed: "mean")) }
        }
        return (table.lines + legend(rows)).joined(separator: "\n") + "\n"
    }

    private static func cells(_ runs: [TrainingRow], seed: String) -> [String] {
        func text(_ value: (TrainingRow) -> Double?, _ decimals: Int) -> String {
            let values = runs.compactMap(value)
            guard !values.isEmpty else { return "-" }
            return Figure.fixed(values.reduce(0, +) / Double(values.count), decimals)
        }
        return [
            runs[0].router, seed, text(\.trainLoss, 4), text(\.heldOutLoss, 4),
            text(\.keptShare, 3), text(\.awayChosenShare, 3), text(\.awayKeptShare, 3),
            text(\.loadMaxOverMean, 2), text(\.stepWallMs, 0),
        ]
    }

    private static func legend(_ rows: [TrainingRow]) -> [String] {
        guard let first = rows.first else { return [] }
        let done = first.steps == first.stepsPlanned ? "" : " of \(first.stepsPlanned)"
        return [
            "# \(first.steps)\(done) steps, sharding \(first.sharding), capacity scope "
                + "\(first.capacityScope). Losses in nats; train: the last tenth of the steps.",
            "# kept, away and load on held-out text; away: the expert is on another node.",
        ]
    }
}
