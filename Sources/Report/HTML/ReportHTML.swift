// report.html: one file that needs no network, for a screen of any width, light or dark.
// This file holds the skeleton; the style, the script and each chart have files of their own.

/// The page of a run.
public enum ReportHTML {
    /// The page.
    ///
    /// - Parameters:
    ///   - results: what the page is about.
    ///   - steps: every step's record; without them, step times come from the summaries.
    ///   - links: listed by their busiest.
    ///   - folder: the run's folder, named in the command that rebuilds the page.
    ///   - vegaScript: the chart library's text (`VegaBundle.script`); without it the page has
    ///     tables only, and says so.
    /// - Returns: a whole HTML document.
    public static func text(
        of results: RunResults,
        steps: [StepRecord],
        links: [LinkRecord],
        folder: String,
        vegaScript: String?
    ) -> String {
        let title = title(of: results)
        return page(
            title: title,
            body: """
                <header>
                <h1>\(HTMLText.escape(title))</h1>
                \(ReportSections.badge(results))
                <p class="headline">\(HTMLText.prose(Headline.text(of: results)))</p>
                </header>
                <main>
                \(ReportSections.facts(of: results))
                \(charts(of: results, steps: steps, withCharts: vegaScript != nil))
                \(ReportSections.figures(of: results))
                \(ReportSections.faults(results.faults))
                \(ReportSections.incidents(results.survival.incidents))
                \(ReportSections.links(links))
                \(ReportSections.clocks(results.clock))
                \(ReportSections.plan(of: results))
                \(ReportSections.origin(of: results, folder: folder))
                </main>
                """,
            vegaScript: vegaScript
        )
    }

    /// The skeleton of any page with charts: `body` is HTML, `title` is not.
    static func page(title: String, body: String, vegaScript: String?) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>\(HTMLText.escape(title))</title>
        <style>
        \(ReportStyle.css)
        </style>
        </head>
        <body>
        \(body)
        \(scripts(vegaScript))
        </body>
        </html>

        """
    }

    private static func title(of results: RunResults) -> String {
        let routers = results.routers.map(\.name).joined(separator: ", ")
        return "moecluster \(results.verb)" + (routers.isEmpty ? "" : ": \(routers)")
    }

    private static func charts(
        of results: RunResults,
        steps: [StepRecord],
        withCharts: Bool
    ) -> String {
        var charts: [Chart] = []
        if !results.routers.isEmpty {
            charts.append(.phases(of: results))
            if let overlap = Chart.overlap(of: results) { charts.append(overlap) }
            charts.append(.bytes(of: results))
        }
        if results.routers.contains(where: { !$0.traffic.isEmpty }) {
            charts.append(.traffic(of: results))
        }
        let times = Chart.stepTimes(of: results, steps: steps)
        if !(times.tables.first?.rows.isEmpty ?? true) { charts.append(times) }
        charts += Chart.quality(of: QualityGroup.groups(of: results))
        charts += Chart.decisions(by: DecisionGroup.groups(of: results))
        if !results.fidelity.histogram.isEmpty { charts.append(.lateness(of: results.fidelity)) }
        let note =
            withCharts
            ? "<noscript><p>Charts need JavaScript; each has its figures in a table.</p></noscript>"
            : "<p class=\"note\">Without Vega there are tables only: install the Debian package "
                + "libjs-vega and run <code>moecluster report</code>.</p>"
        let figures = charts.map { $0.html(withCharts: withCharts) }.joined(separator: "\n")
        return """
            <section aria-labelledby="charts"><h2 id="charts">At a glance</h2>
            \(note)
            <div class="charts">
            \(figures)
            </div></section>
            """
    }

    private static func scripts(_ vegaScript: String?) -> String {
        guard let vegaScript else { return "" }
        return """
            <script>
            \(inline(vegaScript))
            </script>
            <script>
            \(ReportScript.javaScript)
            </script>
            """
    }

    /// A library's text without anything that would end its `script` element or comment it out.
    private static func inline(_ script: String) -> String {
        replacing("<!--", with: "<\\!--", in: replacing("</script", with: "<\\/script", in: script))
    }

    private static func replacing(
        _ pattern: String,
        with replacement: String,
        in text: String
    ) -> String {
        let bytes = Array(text.utf8)
        let wanted = Array(pattern.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let end = index + wanted.count
            if bytes[index] == wanted[0], end <= bytes.count,
                bytes[index..<end].elementsEqual(wanted)
            {
                result += Array(replacement.utf8)
                index = end
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
