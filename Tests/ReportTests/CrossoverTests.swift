import Testing

@testable import Report

private func rows(link: String? = "roce", overhead: Double? = 2) -> [CrossoverRow] {
    [
        (8, 2, 256, 20, 10), (8, 2, 65_536, 30, 40), (16, 4, 256, 9, 10),
    ].map { (ranks: Int, nodes: Int, size: Int, direct: Double, hierarchical: Double) in
        CrossoverRow(
            ranks: ranks,
            nodes: nodes,
            bytesPair: size,
            directUs: direct,
            hierarchicalUs: hierarchical,
            link: link,
            messageOverheadUs: overhead
        )
    }
}

@Suite struct `The table of a crossover` {
    @Test func `says where it is`() {
        #expect(
            CrossoverTable.text(of: rows()) == """
                # direct time / hierarchical time, simulated: above 1 hierarchical is faster
                size    8 ranks  16 ranks
                a pair  2 nodes   4 nodes
                256 B    2.00 h    0.90 d
                64 KiB   0.75 d         -
                # 8 ranks: hierarchical is faster up to 256 B a pair
                # 16 ranks: direct is faster at every size
                # 8, 16 ranks: links.roce.message_overhead is 2.00 µs a message.

                """
        )
    }

    @Test func `says that a model without cost a message has no reason for one`() {
        let text = CrossoverTable.text(of: rows(overhead: 0))
        #expect(text.contains("# 8, 16 ranks: links.roce.message_overhead is 0"))
        #expect(text.contains("\n# so the model has no reason for a crossover"))
    }

    @Test func `names the link that messages take, which within a plane is HCCS`() {
        let text = CrossoverTable.text(of: rows(link: "hccs", overhead: 0))
        #expect(text.contains("lie in one HCCS plane, where no message takes RoCE."))
        #expect(text.contains("links.hccs.message_overhead=2 us"))
        #expect(!text.contains("links.roce"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func `of older records says nothing of links`() {
        let text = CrossoverTable.text(of: rows(link: nil, overhead: nil))
        #expect(text.hasSuffix("# 16 ranks: direct is faster at every size\n"))
    }
}

@Suite struct `The page of a bench` {
    @Test func `shows the crossover as a chart, and its figures as a table`() {
        let page = BenchHTML.text(of: [], crossover: rows(), folder: "b<1>", vegaScript: "vega")
        for text in [
            "Where direct and hierarchical cross", #"{"series": "8 ranks", "x": 256, "y": 2}"#,
            "hierarchical is faster up to 256\u{a0}B a pair.",
            "<td>20.00 / 10.00 = 2.00 h</td>",
            "<td>-</td>", "moecluster report b&lt;1&gt;", #""type": "log""#,
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }

    @Test func `has its exchanges, and no crossover where none was looked for`() {
        let row = BenchRow(
            workload: "W2 hot rank",
            algorithm: "auto",
            chosen: "balanced",
            ranks: 8,
            nodes: 2,
            bytesTotal: 1_000_000,
            timeUs: BenchTimes(p50: 12.5, p90: 13, p99: 14, min: 12, max: 14),
            transferUs: nil,
            waitUs: nil,
            simulatedUs: nil,
            differs: nil,
            boundUs: nil,
            boundRelayedUs: nil,
            efficiency: 0.5,
            algbwGbps: 2,
            busbwGbps: 1.75,
            wrong: 0,
            latenessUs: nil,
            cpuBusy: 0,
            wallMs: 1
        )
        let page = BenchHTML.text(of: [row], crossover: [], folder: "b", vegaScript: nil)
        #expect(page.contains("auto (balanced)") && page.contains("<td>12.50</td>"))
        #expect(page.contains("<small>8 ranks on 2 nodes</small>"))
        #expect(!page.contains("crossover"))
    }
}
