import Report
import ReportFixture
import Testing

@Suite struct `The tables at the end of a run` {
    @Test func `four routers`() {
        #expect(ComparisonTable.text(of: SampleRun.results()) == Snapshot.fourRouters)
    }

    @Test func `what ranks sum stands beside what goes to experts`() {
        var results = SampleRun.results()
        for index in results.routers.indices {
            let steps = results.routers[index].steps
            results.routers[index].sumBytes = BytesByReach(
                local: 0,
                intraNode: 1_500_000 * steps,
                interNode: 4_500_000 * steps
            )
        }
        let words = { (results: RunResults) in
            ComparisonTable.text(of: results).split(whereSeparator: \.isWhitespace)
                .joined(separator: " ")
        }
        #expect(
            words(results).contains(
                "sums of gradients and counts, a step, beside these exchanges: 1.5 MB intra-node, "
                    + "4.5 MB inter-node legend"
            )
        )
        results.routers[0].sumBytes?.interNode = 0
        #expect(
            words(results).contains("exchanges: switch 1.5 MB intra-node, 0 B inter-node; hash")
        )
        for line in ComparisonTable.text(of: results).split(separator: "\n") {
            #expect(line.count <= 100, "\(line)")
        }
    }

    @Test func `one router that was interrupted, with trouble`() {
        var results = SampleRun.results(routers: ["hash"])
        results.outcome = "interrupted"
        results.fidelity.verdict = "suspect"
        results.fidelity.advice = "raise dilation to 2400"
        results.routers[0].verified.mismatches = 3
        results.survival.tokensLost = 2
        results.leaks.sockets = 1
        results.refusals = Refusals(connections: 1204, reasons: ["wrong secret: 1,204"])
        #expect(ComparisonTable.text(of: results) == Snapshot.trouble)
    }

    @Test func `colour marks moods and changes no text`() {
        let results = SampleRun.results()
        let coloured = ComparisonTable.text(of: results, colour: true)
        #expect(coloured.contains("\u{1b}[32mverdict    trusted"))
        let plain = coloured.split(separator: "\u{1b}[32m").joined()
            .split(separator: "\u{1b}[0m").joined()
        #expect(plain == ComparisonTable.text(of: results))
    }

    @Test func `a simulation says that nothing was measured`() {
        var results = SampleRun.results()
        results.fidelity.verdict = "simulated"
        let text = ComparisonTable.text(of: results)
        #expect(text.contains("\nverdict    simulated: virtual time, nothing was measured\n"))
    }

    @Test func `no line is longer than 100 characters`() {
        var results = SampleRun.results()
        for index in results.routers.indices {
            results.routers[index].stepTimeUs.p50 *= 1e4
            results.routers[index].simulatedUs *= 1e4
            results.routers[index].boundUs.direct *= 1e4
            results.routers[index].bytes.interNode *= 1000
            results.routers[index].versusBaseline.ci95 = [10.123, 10.456]
        }
        for line in ComparisonTable.text(of: results).split(separator: "\n") {
            #expect(line.count <= 100, "\(line)")
        }
    }
}
