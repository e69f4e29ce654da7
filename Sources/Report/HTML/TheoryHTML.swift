// The theory of capacity as a page, in the style and with the script of the report.

/// The page of `moecluster theory --out`.
public enum TheoryHTML {
    /// The page; without the chart library's text it has tables only, and says so.
    public static func text(of theory: Theory, command: String, vegaScript: String?) -> String {
        let withCharts = vegaScript != nil
        var charts: [Chart] = []
        if !theory.bound.isEmpty { charts.append(.bounds(of: theory)) }
        if !theory.success.isEmpty { charts.append(.chances(of: theory)) }
        let figures = charts.map { $0.html(withCharts: withCharts) }.joined(separator: "\n")
        let note =
            withCharts
            ? "<noscript><p>Charts need JavaScript; each has its figures in a table.</p></noscript>"
            : "<p class=\"note\">Without Vega there are tables only: install the Debian package "
                + "libjs-vega and write the page again.</p>"
        let title = "moecluster theory: what capacity an expert needs"
        return ReportHTML.page(
            title: title,
            body: """
                <header><h1>\(HTMLText.escape(title))</h1></header>
                <main>
                \(note)
                <div class="charts">
                \(figures)
                </div>
                <p>Written by <code>\(HTMLText.escape(command))</code>.</p>
                </main>
                """,
            vegaScript: vegaScript
        )
    }
}
