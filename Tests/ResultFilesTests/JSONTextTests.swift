import Report
import ReportFixture
import ResultFiles
import Testing

@Suite struct `Names and values in JSON` {
    @Test func `results.json has the names of the contract`() {
        let text = JSONText.encode(SampleRun.results())
        for name in [
            "schema", "plan", "seed", "host", "version", "clock", "dilation", "off_the_clock",
            "routers", "step_time_us", "p50", "p90", "p99", "mean", "samples", "phases_us",
            "alltoall_share", "bytes", "intra_node", "inter_node", "per_expert_max",
            "per_expert_mean", "imbalance", "expert_max_over_mean", "rank_max_over_mean",
            "node_max_over_mean", "cv", "gini", "entropy", "memory_bytes", "exchange_peak",
            "bound_us", "direct", "relayed", "efficiency", "simulated_us", "verified",
            "mismatches", "versus_baseline", "step_time_ratio", "ci95",
            "inter_node_bytes_ratio", "fidelity", "verdict", "lateness_us",
            "lateness_share_p99", "cpu_busy", "advice", "faults", "survival", "tokens_lost",
            "tokens_duplicated", "leaks", "processes", "sockets", "shared_memory",
        ] {
            #expect(text.contains("\"\(name)\" : "), "\(name)")
        }
    }

    @Test func `an interval that is not there is null, and was an empty list`() throws {
        let versus = VersusBaseline(stepTimeRatio: 1, ci95: nil, interNodeBytesRatio: 1)
        let text = JSONText.encode(versus)
        #expect(text.contains("\"ci95\" : null"))
        #expect(try JSONText.decode(VersusBaseline.self, from: text).get() == versus)
        let earlier = text.replacing("null", with: "[]")
        #expect(try JSONText.decode(VersusBaseline.self, from: earlier).get().ci95 == [])
    }

    @Test func `a bench row has the names of the contract`() {
        let row = BenchRow(
            workload: "1 MiB a pair",
            algorithm: "direct",
            chosen: "direct",
            ranks: 8,
            nodes: 2,
            bytesTotal: 1 << 26,
            timeUs: BenchTimes(p50: 1, p90: 1.5, p99: 2, min: 0.5, max: 3),
            transferUs: 0.8,
            waitUs: 0.2,
            simulatedUs: 1,
            differs: BenchDifference(p50: 0.001, p99: 0.002),
            boundUs: 0.9,
            boundRelayedUs: 0.9,
            efficiency: 0.9,
            algbwGbps: 20,
            busbwGbps: 17.5,
            wrong: 0,
            latenessUs: LatenessUs(p50: 0, p99: 0, max: 0.1),
            cpuBusy: 0.3,
            wallMs: 12
        )
        let text = JSONText.encode([row])
        for name in [
            "algorithm", "ranks", "nodes", "bytes_total", "time_us", "min", "max",
            "simulated_us", "bound_us", "efficiency", "algbw_gbps", "busbw_gbps", "wrong",
            "lateness_us", "cpu_busy", "wall_ms",
        ] {
            #expect(text.contains("\"\(name)\" : "), "\(name)")
        }
    }

    @Test func `the plan is an object of sections with typed values`() {
        let text = JSONText.encodeLine(SampleRun.results())
        #expect(text.contains(#""npus_per_node":4,"#))
        #expect(text.contains(#""links":{"hccs":{"bandwidth":"28 GB/s""#))
        #expect(text.contains(#""utilisation":0.4"#))
        #expect(text.contains(#""routers":["switch","hash","locmoe","locmoe+"]"#))
    }

    @Test func `numbers of an array stand on one line`() {
        let text = JSONText.encode(["a[1,\n2]\\\"": [1, 2, 3], "b": []])
        #expect(text.contains("[1, 2, 3]"))
        #expect(text.contains(#""a[1,\n2]\\\"""#))
    }

    @Test func `a figure that could not be computed does not lose the rest`() {
        #expect(JSONText.encodeLine(["x": Double.nan]) == #"{"x":"nan"}"#)
    }
}
