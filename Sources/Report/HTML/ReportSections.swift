// The words of the report: verdict, facts, figures, links, clocks, plan and origin.

import ClusterModel

/// Sections of the page, as HTML.
enum ReportSections {
    /// How many links are listed.
    private static let linksMax = 20

    /// The badge's class: its colour.
    private static func badgeClass(_ results: RunResults) -> String {
        if results.outcome != "finished" || wrong(results) > 0 { return "bad" }
        switch results.fidelity.verdict {
        case "trusted": return "good"
        case "simulated": return "plain"
        default: return "doubtful"
        }
    }

    /// The badge, with the numbers that the verdict rests on.
    static func badge(_ results: RunResults) -> String {
        let fidelity = results.fidelity
        var words = [fidelity.verdict]
        if fidelity.verdict != "simulated" {
            let share = Figure.percent(fidelity.latenessShareP99, 2)
            words.append(
                "p99 lateness \(Figure.time(fidelity.latenessUs.p99)) µs, \(share) of dispatch"
            )
            words.append("CPU \(Figure.percent(fidelity.cpuBusy, 0)) busy")
        }
        if wrong(results) > 0 { words.append("\(Figure.grouped(wrong(results))) pairs wrong") }
        if results.outcome != "finished" { words.append(results.outcome) }
        let details = words.dropFirst().map { " <span>\(HTMLText.prose($0))</span>" }.joined()
        return "<p class=\"badge \(badgeClass(results))\">"
            + "<strong>\(HTMLText.escape(words[0]))</strong>\(details)</p>"
    }

    private static func wrong(_ results: RunResults) -> Int {
        results.routers.reduce(0) { $0 + $1.verified.mismatches }
    }

    /// The facts that also stand below the terminal's table.
    static func facts(of results: RunResults) -> String {
        let items = RunFacts.facts(of: results).map { fact in
            "<dt>\(HTMLText.escape(fact.label))</dt>"
                + "<dd class=\"\(mood(fact.mood))\">\(HTMLText.prose(fact.text))</dd>"
        }
        return section(
            "verdict",
            "Can it be believed?",
            "<dl>\(items.joined(separator: "\n"))</dl>"
        )
    }

    private static func mood(_ mood: RunFacts.Mood) -> String {
        switch mood {
        case .plain, .good: "plain"
        case .doubtful: "doubtful"
        case .bad: "bad"
        }
    }

    /// The table of all figures.
    static func figures(of results: RunResults) -> String {
        guard !results.routers.isEmpty else { return "" }
        return section("figures", "All figures", FigureTable.table(of: results).html)
    }

    /// The busiest links.
    static func links(_ links: [LinkRecord]) -> String {
        guard !links.isEmpty else { return "" }
        let busiest = links.sorted {
            ($1.busyUs, $0.router, $0.from, $0.to) < ($0.busyUs, $1.router, $1.from, $1.to)
        }
        let table = HTMLTable(
            caption: "Busiest links over the measured steps (all are in links.csv)",
            headers: [
                "router", "class", "from rank", "to rank", "payload, B", "busy, emulated µs",
            ],
            rows: busiest.prefix(linksMax).map { link in
                [
                    link.router, link.linkClass, "\(link.from)", "\(link.to)",
                    Figure.grouped(link.bytes), Figure.time(link.busyUs),
                ]
            },
            wordColumns: 2
        )
        let body =
            "<details><summary>The \(min(links.count, linksMax)) busiest of "
            + "\(Figure.grouped(links.count)) links</summary>\(table.html)</details>"
        return section("links", "Links", body)
    }

    /// What failed, what was done about it, and how fast.
    static func incidents(_ incidents: [IncidentRecord]) -> String {
        guard !incidents.isEmpty else { return "" }
        let ms = { (value: Double?) in value.map { Figure.fixed($0, 1) } ?? "" }
        let rate = { (value: Double?) in value.map { Figure.fixed($0, 2) } ?? "" }
        let table = HTMLTable(
            caption: "Milliseconds of wall time since a failure was noticed, and steps a second",
            headers: [
                "what", "done", "noticed by", "rejoined", "connected", "redone", "back at 95 %",
                "before", "during", "after",
            ],
            rows: incidents.map { incident in
                [
                    incident.what, incident.measure, incident.discoverer, ms(incident.rejoinedMs),
                    ms(incident.recoveredMs), ms(incident.redoneMs), ms(incident.backMs),
                    rate(incident.throughput.before), rate(incident.throughput.during),
                    rate(incident.throughput.after),
                ]
            },
            wordColumns: 3
        )
        return section("incidents", "What failed, and what came after", table.html)
    }

    /// What was measured, modelled, and left out.
    static func clocks(_ clock: Clock) -> String {
        let lists = [
            ("Measured", clock.measured), ("Modelled", clock.modelled),
            ("Off the clock", clock.offTheClock),
        ].map { "<div><h3>\($0)</h3>\(HTMLText.list($1))</div>" }
        let body = "<div class=\"lists\">\(lists.joined())</div>"
        return section("clocks", "What the times rest on", body)
    }

    /// The resolved configuration, section by section.
    static func plan(of results: RunResults) -> String {
        let names = Set(results.plan.map(\.section)).sorted()
        let lines = names.flatMap { name in
            (name.isEmpty ? [] : ["[\(name)]"])
                + results.plan.filter { $0.section == name }.map { "\($0.key) = \($0.toml)" }
                .sorted() + [""]
        }
        let text = lines.dropLast().joined(separator: "\n")
        let body =
            "<details><summary>The resolved configuration (plan.toml)</summary>"
            + "<pre tabindex=\"0\">\(HTMLText.escape(text))</pre></details>"
        return section("plan", "Plan", body)
    }

    /// Where the run was made, and how to make the page again.
    static func origin(of results: RunResults, folder: String) -> String {
        let host = results.host
        var facts = [
            ("run", results.name), ("started", results.started), ("seed", "\(results.seed)"),
            ("version", results.version), ("outcome", results.outcome),
            (
                "host",
                "\(host.cores) cores, \(Figure.bytes(Double(host.memory))) of memory, "
                    + host.kernel
            ),
        ]
        if host.loopbackBytesPerSecond > 0 {
            let rate = Figure.fixed(host.loopbackBytesPerSecond / 1e9, 2)
            facts.append(("loopback", "\(rate) GB/s through sockets, all cores, wall-clock"))
        }
        if let products = host.products {
            facts.append(("products", "BLAS kernels for \(products)"))
        }
        let items = facts.map { "<dt>\($0)</dt><dd>\(HTMLText.escape($1))</dd>" }.joined()
        let command = HTMLText.escape("moecluster report \(folder)")
        return section(
            "origin",
            "Where it comes from",
            "<dl>\(items)<dt>this page again</dt><dd><code>\(command)</code></dd></dl>"
        )
    }

    static func section(_ id: String, _ title: String, _ body: String) -> String {
        """
        <section aria-labelledby="\(id)"><h2 id="\(id)">\(title)</h2>
        \(body)
        </section>
        """
    }
}
