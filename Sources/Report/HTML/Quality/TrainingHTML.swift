// The page of `moecluster train`, in the style and with the script of the report.

/// What routers learned, as a page.
public enum TrainingHTML {
    /// The page; without the chart library's text it has tables only, and says so.
    public static func text(
        of rows: [TrainingRow],
        command: String,
        vegaScript: String?
    ) -> String {
        let withCharts = vegaScript != nil
        let groups = QualityGroup.groups(of: rows)
        let figures = Chart.quality(of: groups).map { $0.html(withCharts: withCharts) }
        let note =
            withCharts
            ? "<noscript><p>Charts need JavaScript; each has its figures in a table.</p></noscript>"
            : "<p class=\"note\">Without Vega there are tables only: install the Debian package "
                + "libjs-vega and train again.</p>"
        let title =
            "moecluster train: "
            + Chart.Series(rows.map(\.router)).names.joined(
                separator: ", "
            )
        return ReportHTML.page(
            title: title,
            body: """
                <header>
                <h1>\(HTMLText.escape(title))</h1>
                <p class="headline">\(HTMLText.prose(headline(rows)))</p>
                </header>
                <main>
                \(note)
                <div class="charts">
                \(figures.joined(separator: "\n"))
                </div>
                <p>Written by <code>\(HTMLText.escape(command))</code>. All ranks in one process, \
                off the clock: there are no times here but wall-clock ones.</p>
                </main>
                """,
            vegaScript: vegaScript
        )
    }

    private static func headline(_ rows: [TrainingRow]) -> String {
        guard let first = rows.first else { return "Nothing was trained." }
        let factors = Set(rows.compactMap(\.capacityFactor)).sorted()
        let done = first.steps == first.stepsPlanned ? "" : " of \(first.stepsPlanned)"
        var text =
            "\(first.steps)\(done) steps, sharding \(first.sharding), capacity scope "
            + first.capacityScope
        if let factor = first.capacityFactor {
            text += ", capacity factor \(factor)"
            if factors.count > 1 { text += " (all but the drop curve)" }
        }
        return text + "."
    }
}
