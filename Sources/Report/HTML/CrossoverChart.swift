// Where direct and hierarchical exchanges cross, over message size and ranks.

extension Chart {
    /// Direct over hierarchical time by size, a line for each number of ranks.
    static func crossover(of rows: [CrossoverRow]) -> Chart {
        let worlds = Set(rows.map(\.ranks)).sorted()
        let series = Series(worlds.map { "\($0) ranks" })
        let points = rows.map {
            #"{"series": \#(quote("\($0.ranks) ranks")), "x": \#($0.bytesPair), "#
                + #""y": \#(JSONString.number($0.gain))}"#
        }
        // Sizes are powers of two, and so are the ticks.
        let sizes = Set(rows.map(\.bytesPair)).sorted()
        let label = #"""
            datum.value >= 1048576 ? datum.value / 1048576 + ' MiB' : datum.value >= 1024 ? \#
            datum.value / 1024 + ' KiB' : datum.value + ' B'
            """#
        return Chart(
            id: "crossover",
            title: "Where direct and hierarchical cross",
            caption: """
                Direct time over hierarchical time by the bytes of each pair, the same for all, \
                simulated over links at rest: above 1 hierarchical is faster. \
                \((CrossoverTable.crossovers(rows).map { "\($0)." } + CrossoverTable.notes(rows))
                    .joined(separator: " "))
                """,
            keys: series.keys,
            spec: lineSpec(
                points,
                series,
                x: quote("bytes a pair"),
                y: quote("direct / hierarchical"),
                filter: "true",
                signals: "[]",
                xScale: #""type": "log", "base": 2, "nice": false"#,
                xAxis: #""values": \#(array(sizes.map(String.init))), "labelOverlap": true, "#
                    + #""encode": {"labels": {"update": {"text": {"signal": \#(quote(label))}}}}"#
            ),
            height: 320,
            tables: [crossoverTable(rows, worlds, sizes)]
        )
    }

    private static func crossoverTable(
        _ rows: [CrossoverRow],
        _ worlds: [Int],
        _ sizes: [Int]
    ) -> HTMLTable {
        HTMLTable(
            caption:
                "Direct and hierarchical time in µs, and their ratio (h: hierarchical is faster)",
            headers: ["bytes a pair"] + worlds.map { "\($0) ranks" },
            rows: sizes.map { size in
                [CrossoverTable.binary(size)]
                    + worlds.map { world in
                        let row = rows.first { $0.ranks == world && $0.bytesPair == size }
                        guard let row else { return "-" }
                        return
                            "\(Figure.time(row.directUs)) / \(Figure.time(row.hierarchicalUs)) = "
                            + CrossoverTable.cell(row)
                    }
            }
        )
    }
}
