import Report
import ReportFixture
import Testing

@Suite struct `The tables at the end of a run` {
    @Test func `four routers`() {
        let text = ComparisonTable.text(of: SampleRun.results())
        #expect(text == "")
        print(text)
        print(ComparisonTable.text(of: SampleRun.results(routers: ["hash"]), colour: true))
        let row = BenchRow(
            algorithm: "hierarchical",
            ranks: 256,
            nodes: 32,
            bytesTotal: 8 << 30,
            timeUs: BenchTimes(p50: 1234567, p99: 2345678, min: 0.5, max: 3),
            simulatedUs: 1234567,
            boundUs: 1134567,
            efficiency: 0.9,
            algbwGbps: 120,
            busbwGbps: 117.5,
            wrong: 0,
            latenessUs: LatenessUs(p50: 0, p99: 1000, max: 0.1),
            cpuBusy: 0.3,
            wallMs: 12
        )
        print(BenchTable.text(of: [row]))
    }
}
