import Foundation
import Report
import Testing

@Suite struct `The table of an exchange alone` {
    private func row(
        _ algorithm: String,
        scale: Double,
        wrong: Int = 0,
        chosen: String? = nil,
        workload: String = "W2 hot rank"
    ) -> BenchRow {
        BenchRow(
            workload: workload,
            algorithm: algorithm,
            chosen: chosen ?? algorithm,
            ranks: 8,
            nodes: 2,
            bytesTotal: 58_720_256,
            timeUs: BenchTimes(
                p50: 178.2 * scale,
                p90: 179.1 * scale,
                p99: 179.9 * scale,
                min: 177,
                max: 180
            ),
            transferUs: 160.5 * scale,
            waitUs: 17.7 * scale,
            simulatedUs: 177.8 * scale,
            differs: BenchDifference(p50: 0.00224, p99: 0.0118),
            boundUs: 167.77 * scale,
            boundRelayedUs: 120.3 * scale,
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
        let rows = [
            row("direct", scale: 1), row("hierarchical", scale: 1.3),
            row("auto", scale: 1, chosen: "direct"),
            row("direct", scale: 2, workload: "W0 balanced"),
        ]
        #expect(BenchTable.text(of: rows) == Snapshot.bench)
    }

    /// The bare engine has no model: nothing stands where that would tell something.
    @Test func `without links there is a dash, a null and no word of emulation`() throws {
        var bare = row("direct", scale: 1)
        (bare.transferUs, bare.waitUs, bare.simulatedUs) = (nil, nil, nil)
        (bare.differs, bare.boundUs, bare.boundRelayedUs) = (nil, nil, nil)
        (bare.efficiency, bare.latenessUs) = (nil, nil)
        let text = BenchTable.text(of: [bare])
        #expect(text.contains("this host's") && !text.contains("Times are emulated"))
        let cells = text.split(separator: "\n").first { $0.hasPrefix("direct") }?.split(
            separator: " "
        )
        #expect(cells?.filter { $0 == "-" }.count == 7)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
        let json = String(decoding: try JSONEncoder().encode(bare), as: UTF8.self)
        for key in ["simulatedUs", "boundUs", "efficiency", "latenessUs"] {
            #expect(json.contains("\"\(key)\":null"))
        }
        let values = BenchCSV.text(of: [bare]).split(separator: "\n").last ?? ""
        #expect(values.contains(",,,"))
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

    @Test func `as a spreadsheet has a header and a line for each row`() {
        let lines = BenchCSV.text(of: [row("direct", scale: 1), row("rail", scale: 2)])
            .split(separator: "\n")
        #expect(lines.count == 3)
        #expect(
            lines[0].hasPrefix("workload,algorithm,chosen,ranks,nodes,bytes_total,time_p50_us,")
        )
        #expect(lines[2].hasPrefix("W2 hot rank,rail,rail,8,2,58720256,356.4,"))
        #expect(Set(lines.map { $0.count { $0 == "," } }).count == 1)
    }
}
