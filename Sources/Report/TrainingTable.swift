// `train` as text: a row for each training run, a mean where a router had several seeds.

/// Training runs as a table for a terminal.
public enum TrainingTable {
    /// The table with a legend, with a line end.
    public static func text(of rows: [TrainingRow]) -> String {
        // A column only where runs differ in it.
        let isSweep = Set(rows.map(\.capacityFactor)).count > 1
        var table = TextTable(
            columns: [.init(title: "router", unit: "")]
                + (isSweep
                    ? [
                        .init(title: "capacity", unit: "factor"),
                        .init(title: "slots", unit: "a step"),
                    ] : []) + [
                    .init(title: "seed", unit: ""),
                    .init(title: "train", unit: "loss"),
                    .init(title: "held-out", unit: "loss"),
                    .init(title: "kept", unit: "share"),
                    .init(title: "away", unit: "chosen"),
                    .init(title: "away", unit: "kept"),
                    .init(title: "load", unit: "max/mean"),
                    .init(title: "a step", unit: "wall, ms"),
                ]
        )
        for runs in groups(of: rows) {
            table.rows += runs.map { cells([$0], seed: "\($0.seed)", isSweep) }
            if runs.count > 1 { table.rows.append(cells(runs, seed: "mean", isSweep)) }
        }
        let placed = PlacementLines.lines(
            of: rows.map { ($0.router, $0.quality) },
            marked: true
        )
        return (table.lines + legend(rows) + placed).joined(separator: "\n") + "\n"
    }

    /// Runs that differ in their seed only, in order of appearance.
    private static func groups(of rows: [TrainingRow]) -> [[TrainingRow]] {
        var groups: [[TrainingRow]] = []
        for row in rows {
            let place = groups.firstIndex {
                $0[0].router == row.router && $0[0].capacityFactor == row.capacityFactor
            }
            if let place { groups[place].append(row) } else { groups.append([row]) }
        }
        return groups
    }

    private static func cells(_ runs: [TrainingRow], seed: String, _ isSweep: Bool) -> [String] {
        func text(_ value: (TrainingRow) -> Double?, _ decimals: Int) -> String {
            let values = runs.compactMap(value)
            guard !values.isEmpty else { return "-" }
            return Figure.fixed(values.reduce(0, +) / Double(values.count), decimals)
        }
        let factor = runs[0].capacityFactor.map { Figure.fixed($0, 2) } ?? "-"
        let slots = text(\.quality?.slotsPerStep, 0)
        return [runs[0].router] + (isSweep ? [factor, slots] : []) + [
            seed, text(\.trainLoss, 4), text(\.heldOutLoss, 4),
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
