// A made-up run of four routers on 2 x 4 NPUs, the same every time: what tests of tables, files
// and the report look at. Its figures are plausible, not measured.

import ClusterModel
import Report
import Statistics

/// A sample run, and parts of it.
public enum SampleRun {
    public static let routers = ["switch", "hash", "locmoe", "locmoe+"]
    static let nodes = 2
    static let npusPerNode = 4
    static let warmup = 2
    static let measured = 10
    static let tokenBytes = 8192

    /// The whole run.
    public static func results(routers names: [String] = routers) -> RunResults {
        let baseline = names.first ?? ""
        return RunResults(
            version: "moecluster 0.1.0",
            verb: names.count > 1 ? "compare" : "run",
            name: "2026-03-01T14-05-09Z-compare",
            started: "2026-03-01T14:05:09Z",
            seed: 7,
            outcome: "finished",
            plan: plan(names),
            host: Host(
                cores: 2,
                memory: 8_254_390_272,
                kernel: "Linux 6.1.0-18-amd64",
                loopbackBytesPerSecond: 5.1e9
            ),
            clock: clock,
            routers: names.map { router($0, baseline: baseline) },
            fidelity: fidelity,
            survival: Survival(verdict: "unhurt", tokensLost: 0, tokensDuplicated: 0),
            leaks: Leaks(processes: 0, sockets: 0, sharedMemory: 0),
            refusals: Refusals(connections: 0, reasons: [])
        )
    }

    static func plan(_ names: [String]) -> [PlanEntry] {
        let quoted = names.map { "\"\($0)\"" }.joined(separator: ", ")
        return [
            ("cluster", "preset", "\"910b3\""), ("cluster", "nodes", "\(nodes)"),
            ("cluster", "npus_per_node", "\(npusPerNode)"), ("cluster", "dilation", "\"auto\""),
            ("links.hccs", "bandwidth", "\"28 GB/s\""), ("links.hccs", "latency", "\"3 us\""),
            ("links.hccs", "topology", "\"mesh\""), ("links.roce", "bandwidth", "\"25 GB/s\""),
            ("links.roce", "latency", "\"10 us\""), ("model", "hidden", "4096"),
            ("model", "utilisation", "0.4"), ("workload", "steps", "10"),
            ("routing", "routers", "[\(quoted)]"),
            ("routing", "baseline", "\"\(names.first ?? "")\""),
        ].map(PlanEntry.init(section:key:toml:))
    }

    static let clock = Clock(
        dilation: 1200,
        reason: "8 ranks at 25 GB/s each would move 200 GB/s; 35 % of the probed 5.1 GB/s are 1.8",
        measured: ["bytes of both exchanges through TCP sockets", "arrival of each chunk"],
        modelled: [
            "links: rate, latency and queues of HCCS and RoCE", "expert and gate compute",
        ],
        offTheClock: ["routing arithmetic", "packing", "byte-for-byte checks"],
        wallMs: 48_300,
        skippedMs: 71_900,
        launchMs: 412
    )

    static var fidelity: Fidelity {
        var histogram = LatenessHistogram()
        for index in 0..<9_000 { histogram.record(picoseconds: index % 5 == 0 ? 30_000 : 0) }
        for index in 1...600 { histogram.record(picoseconds: Int64(index * index) * 4) }
        return Fidelity(
            verdict: "trusted",
            latenessUs: LatenessUs(
                p50: Double(histogram.quantile(0.5)) / 1e6,
                p99: Double(histogram.quantile(0.99)) / 1e6,
                max: Double(histogram.maxPicoseconds) / 1e6
            ),
            latenessShareP99: 0.0061,
            cpuBusy: 0.31,
            advice: "",
            chunks: histogram.total,
            histogram: histogram.bins.map { HistogramBin(upToUs: $0.upToUs, count: $0.count) }
        )
    }
}
