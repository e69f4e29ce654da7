// Where direct and hierarchical exchanges cross: a row for each size, a column for each number of
// ranks.

/// The crossover as a table for a terminal.
public enum CrossoverTable {
    public static func text(of rows: [CrossoverRow], messageOverheadUs overhead: Double) -> String {
        let worlds = Set(rows.map(\.ranks)).sorted()
        let sizes = Set(rows.map(\.bytesPair)).sorted()
        var table = TextTable(
            columns: [.init(title: "size", unit: "a pair")]
                + worlds.map { world in
                    let nodes = rows.first { $0.ranks == world }?.nodes ?? 0
                    return .init(title: "\(world) ranks", unit: "\(nodes) nodes")
                }
        )
        table.rows = sizes.map { size in
            [binary(size)]
                + worlds.map { world in
                    cell(rows.first { $0.ranks == world && $0.bytesPair == size })
                }
        }
        return
            (["# direct time / hierarchical time, simulated: above 1 hierarchical is faster"]
            + table.lines + crossovers(rows, worlds) + note(overhead))
            .joined(separator: "\n") + "\n"
    }

    private static func cell(_ row: CrossoverRow?) -> String {
        row.map { Figure.fixed($0.gain, 2) + ($0.gain > 1 ? " h" : " d") } ?? "-"
    }

    /// The largest size at which hierarchical is faster, for each number of ranks.
    private static func crossovers(_ rows: [CrossoverRow], _ worlds: [Int]) -> [String] {
        worlds.map { world in
            let won = rows.filter { $0.ranks == world && $0.gain > 1 }.map(\.bytesPair).max()
            return "# \(world) ranks: "
                + (won.map { "hierarchical is faster up to \(binary($0)) a pair" }
                    ?? "direct is faster at every size")
        }
    }

    private static func note(_ overhead: Double) -> [String] {
        guard overhead == 0 else {
            return ["# links.roce.message_overhead is \(Figure.time(overhead)) µs a message."]
        }
        return [
            "# links.roce.message_overhead is 0: a message costs its bytes alone, so the model has no",
            "# reason for a crossover. Set it (--set 'links.roce.message_overhead=2 us') to see one.",
        ]
    }

    /// Sizes are powers of two: 64 KiB.
    private static func binary(_ bytes: Int) -> String {
        for (name, scale) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= scale && bytes.isMultiple(of: scale) {
            return "\(bytes / scale) \(name)"
        }
        return "\(bytes) B"
    }
}
