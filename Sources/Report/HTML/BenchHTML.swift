// A bench as a page, in the style and with the script of the report of a run.

/// The page of `bench alltoall`.
public enum BenchHTML {
    /// The page of what a bench recorded; without the chart library's text it has tables only.
    ///
    /// - Parameters:
    ///   - rows: of bench.json; none where only the crossover was looked for.
    ///   - crossover: of crossover.json; none where it was not.
    ///   - folder: named in the command that rebuilds the page.
    ///   - vegaScript: the chart library's text.
    /// - Returns: a whole HTML document.
    public static func text(
        of rows: [BenchRow],
        crossover: [CrossoverRow],
        folder: String,
        vegaScript: String?
    ) -> String {
        let title = "moecluster bench alltoall"
        var parts: [String] = []
        if !crossover.isEmpty {
            let chart = Chart.crossover(of: crossover).html(withCharts: vegaScript != nil)
            parts.append(note(withCharts: vegaScript != nil))
            parts.append("<div class=\"charts\">\n\(chart)\n</div>")
        }
        if !rows.isEmpty { parts.append(table(rows).html) }
        return ReportHTML.page(
            title: title,
            body: """
                <header><h1>\(HTMLText.escape(title))</h1></header>
                <main>
                \(parts.joined(separator: "\n"))
                <p>Rebuilt by <code>moecluster report \(HTMLText.escape(folder))</code>.</p>
                </main>
                """,
            vegaScript: vegaScript
        )
    }

    private static func note(withCharts: Bool) -> String {
        withCharts
            ? "<noscript><p>Charts need JavaScript; each has its figures in a table.</p></noscript>"
            : "<p class=\"note\">Without Vega there are tables only: install the Debian package "
                + "libjs-vega and run <code>moecluster report</code>.</p>"
    }

    private static func table(_ rows: [BenchRow]) -> HTMLTable {
        func time(_ value: Double?) -> String { value.map(Figure.time) ?? "-" }
        return HTMLTable(
            caption: """
                Exchanges: emulated µs of the slowest rank over iterations; transfer is what its \
                own bytes need at its links' rates, wait the rest
                """,
            headers: [
                "exchange", "algorithm", "p50", "p90", "p99", "transfer", "wait", "simulated",
                "bound", "bound with relays", "efficiency", "busbw, GB/s", "wrong bytes",
            ],
            rows: rows.map { row in
                let name = row.workload + "\n\(row.ranks) ranks on \(row.nodes) nodes"
                let chosen = row.chosen == row.algorithm ? "" : " (\(row.chosen))"
                let bounds = [row.simulatedUs, row.boundUs, row.boundRelayedUs].map(time)
                return [name, row.algorithm + chosen]
                    + [row.timeUs.p50, row.timeUs.p90, row.timeUs.p99].map(Figure.time)
                    + [time(row.transferUs), time(row.waitUs)] + bounds + [
                        row.efficiency.map { Figure.percent($0, 1) } ?? "-",
                        Figure.fixed(row.busbwGbps, 2), Figure.grouped(row.wrong),
                    ]
            },
            wordColumns: 2
        )
    }
}
