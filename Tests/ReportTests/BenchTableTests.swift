import Report
import Testing

@Suite struct `The table of an exchange alone` {
    private func row(_ algorithm: String, scale: Double, wrong: Int = 0) -> BenchRow {
        BenchRow(
            algorithm: algorithm,
            ranks: 8,
            nodes: 2,
            bytesTotal: 58_720_256,
            timeUs: BenchTimes(p50: 178.2 * scale, p99: 179.9 * scale, min: 177, max: 180),
            simulatedUs: 177.8 * scale,
            boundUs: 167.77 * scale,
            efficiency: 0.9415,
            algbwGbps: 41.19,
            busbwGbps: 36.04,
            wrong: wrong,
            latenessUs: LatenessUs(p50: 0, p99: 0.61, max: 1.4),
            cpuBusy: 0.31,
            wallMs: 912
        )
    }

    @Test func `in the manner of nccl-tests`() {
        let rows = [row("direct", scale: 1), row("hierarchical", scale: 1.3)]
        #expect(BenchTable.text(of: rows) == Snapshot.bench)
    }

    @Test func `wrong bytes fail`() {
        let text = BenchTable.text(of: [row("direct", scale: 1, wrong: 4096)])
        #expect(text.hasSuffix("# Wrong bytes: 4,096 FAILED\n"))
    }

    @Test func `long times are in ms, and no line is longer than 100 characters`() {
        let text = BenchTable.text(of: [row("hierarchical", scale: 1e4)])
        #expect(text.contains("p50, ms"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
