// Where direct and hierarchical exchanges cross: a row for each size, a column for each number of
// ranks.

/// The crossover as a table for a terminal.
public enum CrossoverTable {
    public static func text(of rows: [CrossoverRow]) -> String {
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
            + table.lines + (crossovers(rows) + notes(rows)).map { "# \($0)" })
            .joined(separator: "\n") + "\n"
    }

    static func cell(_ row: CrossoverRow?) -> String {
        row.map { Figure.fixed($0.gain, 2) + ($0.gain > 1 ? " h" : " d") } ?? "-"
    }

    /// The largest size at which hierarchical is faster, for each number of ranks.
    static func crossovers(_ rows: [CrossoverRow]) -> [String] {
        Set(rows.map(\.ranks)).sorted().map { world in
            let won = rows.filter { $0.ranks == world && $0.gain > 1 }.map(\.bytesPair).max()
            return "\(world) ranks: "
                + (won.map { "hierarchical is faster up to \(binary($0)) a pair" }
                    ?? "direct is faster at every size")
        }
    }

    /// Why there is a crossover, or none: what a message costs beside its bytes, on the link that
    /// the farthest ones take.
    static func notes(_ rows: [CrossoverRow]) -> [String] {
        Set(rows.compactMap(\.link)).sorted().flatMap { link in
            let own = rows.filter { $0.link == link }
            let key = "links.\(link).message_overhead"
            let overhead = own.compactMap(\.messageOverheadUs).max() ?? 0
            let worlds = Set(own.map(\.ranks)).sorted().map(String.init).joined(separator: ", ")
            let place =
                link == "hccs"
                ? ["\(worlds) ranks lie in one HCCS plane, where no message takes RoCE."]
                : []
            guard overhead == 0 else {
                let cost = "\(key) is \(Figure.time(overhead)) µs a message."
                return place + ["\(worlds) ranks: \(cost)"]
            }
            return place + [
                "\(worlds) ranks: \(key) is 0: a message costs its bytes alone,",
                "so the model has no reason for a crossover. Set it to see one:",
                "--set '\(key)=2 us'.",
            ]
        }
    }

    /// Sizes are powers of two: 64 KiB.
    static func binary(_ bytes: Int) -> String {
        for (name, scale) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= scale && bytes.isMultiple(of: scale) {
            return "\(bytes / scale) \(name)"
        }
        return "\(bytes) B"
    }
}
