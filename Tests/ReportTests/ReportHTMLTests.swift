import FoundationEssentials
import ReportFixture
import Testing

@testable import Report

@Suite struct `The page of a run` {
    private func page(_ results: RunResults, vega: String? = "var vega = {};") -> String {
        ReportHTML.text(
            of: results,
            steps: SampleRun.steps(),
            links: SampleRun.links(),
            folder: "runs/sample",
            vegaScript: vega
        )
    }

    private func specs(in page: String) -> [String] {
        page.components(separatedBy: "<script type=\"application/json\">").dropFirst().map {
            $0.components(separatedBy: "</script>")[0]
        }
    }

    @Test func `every chart is JSON and has a table beside it`() throws {
        let page = page(SampleRun.results())
        let specs = specs(in: page)
        #expect(specs.count == 5)
        for spec in specs { _ = try JSONDecoder().decode(PlanNode.self, from: Data(spec.utf8)) }
        #expect(page.components(separatedBy: "The same as a table").count == 6)
    }

    @Test func `names from outside cannot leave their place`() throws {
        var results = SampleRun.results()
        let evil = "</script><script>alert(1)</script>&\"'<b>"
        results.routers[3].name = evil
        results.refusals = Refusals(connections: 1, reasons: [evil])
        results.outcome = evil
        let page = page(results)
        #expect(!page.contains("<script>alert"))
        #expect(!page.contains("<b>"))
        for spec in specs(in: page) {
            _ = try JSONDecoder().decode(PlanNode.self, from: Data(spec.utf8))
        }
        #expect(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"))
    }

    @Test func `a library cannot end its script element`() {
        let page = page(SampleRun.results(), vega: "x = '</script>'; y = '<!--';")
        #expect(page.contains("x = '<\\/script>'; y = '<\\!--';"))
    }

    @Test func `nothing is requested`() {
        let page = page(SampleRun.results())
        for request in ["src=", "href=\"http", "@import", "url(", "fetch("] {
            #expect(!page.contains(request), "\(request)")
        }
    }

    @Test func `without Vega tables stand open, and the package is named`() {
        let page = page(SampleRun.results(), vega: nil)
        #expect(page.contains("libjs-vega"))
        #expect(page.contains("<details open>"))
        #expect(!page.contains("<script"))
    }

    @Test func `a run that measured nothing still has a page`() {
        var results = SampleRun.results(routers: [])
        results.outcome = "interrupted"
        results.fidelity.histogram = []
        let page = ReportHTML.text(
            of: results,
            steps: [],
            links: [],
            folder: "runs/sample",
            vegaScript: "x"
        )
        #expect(page.contains("No router has been measured: interrupted."))
        #expect(page.contains("class=\"badge bad\""))
        #expect(specs(in: page).isEmpty)
    }

    @Test func `elements that are opened are closed`() {
        let page = page(SampleRun.results())
        for name in ["section", "figure", "table", "details", "div", "dl", "ul", "script", "p"] {
            let opened =
                page.components(separatedBy: "<\(name)>").count
                + page.components(separatedBy: "<\(name) ").count - 2
            let closed = page.components(separatedBy: "</\(name)>").count - 1
            #expect(opened == closed, "\(name)")
        }
    }

    @Test func `a unit stays with its number`() {
        #expect(
            HTMLText.prose("p99 1.05 µs (0.61 % of it) in 8 ranks, 5 MB.")
                == "p99 1.05\u{a0}µs (0.61\u{a0}% of it) in 8\u{a0}ranks, 5\u{a0}MB."
        )
    }

    @Test func `octaves are without gaps and keep every chunk`() {
        let bins = SampleRun.results().fidelity.histogram
        let octaves = LatenessOctave.octaves(of: bins)
        #expect(octaves.map(\.count).reduce(0, +) == bins.map(\.count).reduce(0, +))
        #expect(zip(octaves, octaves.dropFirst()).allSatisfy { $0.high == $1.low })
        #expect(octaves[0].isOnTime)
    }
}
