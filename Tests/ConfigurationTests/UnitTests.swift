// Quantities and their units.

import ClusterModel
import Testing

@Suite struct Quantities {
    @Test(
        arguments: [
            ("28 GB/s", 28_000_000_000), ("28GB/s", 28_000_000_000),
            ("1.5 TB/s", 1_500_000_000_000),
            ("100 Gbit/s", 12_500_000_000), ("8000 bit/s", 1_000), ("8 Kbit/s", 1_000),
            ("1 Mbit/s", 125_000), ("1 Tbit/s", 125_000_000_000), ("5e3 B/s", 5_000),
            ("1 KB/s", 1_000), ("1 MB/s", 1_000_000), ("1 KiB/s", 1_024), ("1 MiB/s", 1_048_576),
            ("1 GiB/s", 1_073_741_824), ("1 TiB/s", 1_099_511_627_776), ("0.1 GB/s", 100_000_000),
        ] as [(String, Int64)]
    )
    func `a bandwidth is in bytes or bits a second`(text: String, bytesPerSecond: Int64) throws {
        let plan = try read("[links.roce]\nbandwidth = \"\(text)\"").get()
        #expect(plan.links.roce.bandwidth.bytesPerSecond == bytesPerSecond)
    }

    @Test(
        arguments: [
            ("3 us", 3_000_000), ("3 \u{B5}s", 3_000_000), ("3 \u{3BC}s", 3_000_000),
            ("250 ns", 250_000), ("1 ms", 1_000_000_000), ("1 s", 1_000_000_000_000), ("7 ps", 7),
            ("0 us", 0), ("0.5us", 500_000),
        ] as [(String, Int64)]
    )
    func `a latency is in any unit of time`(text: String, picoseconds: Int64) throws {
        let plan = try read("[links.hccs]\nlatency = \"\(text)\"").get()
        #expect(plan.links.hccs.latency.picoseconds == picoseconds)
    }

    @Test(arguments: [("32 KiB", 32_768), ("64000 B", 64_000), ("1 MiB", 1_048_576)])
    func `a chunk is a number of bytes`(text: String, bytes: Int) throws {
        let plan = try read("[exchange]\nchunk = \"\(text)\"").get()
        #expect(plan.exchange.chunk == ByteCount(bytes))
    }

    @Test(arguments: [("256 TFLOPS", 256e12), ("1.2 PFLOPS", 1.2e15), ("9 GFLOPS", 9e9)])
    func `a peak takes the place of the preset's`(text: String, flops: Double) throws {
        let plan = try read("[model]\npeak = \"\(text)\"").get()
        #expect(plan.model.peakFlops == flops)
    }

    @Test(arguments: ["28", "\"28\"", "28.0"])
    func `a bandwidth without unit is refused`(value: String) {
        #expect(
            report("[links.hccs]\nbandwidth = \(value)") == [
                "cluster.toml:2: links.hccs.bandwidth: \(value) has no unit "
                    + "(B/s, KB/s, MB/s, GB/s, TB/s, KiB/s, MiB/s, GiB/s, TiB/s, "
                    + "bit/s, Kbit/s, Mbit/s, Gbit/s, Tbit/s); "
                    + "expected a rate with its unit from 1 KB/s to 100 TB/s, like \"28 GB/s\""
            ]
        )
    }

    @Test(arguments: [
        ("28 GB", "\"GB/s\""), ("28 Gbps", "\"Gbit/s\""), ("28 GBps", "\"GB/s\""),
        ("28 Gb/s", "\"Gbit/s\""), ("28 gb/s", "\"GB/s\" or \"Gbit/s\""),
        ("28 GBit/s", "\"Gbit/s\""), ("28 gib/s", "\"GiB/s\""), ("28 mbps", "\"Mbit/s\""),
    ])
    func `a unit nearly right is never taken for bits or bytes by chance`(
        text: String,
        meant: String
    ) throws {
        let lines = report("[links.hccs]\nbandwidth = \"\(text)\"")
        let line = try #require(lines.first)
        #expect(line.contains("is no unit (B/s, KB/s"))
        #expect(line.hasSuffix("did you mean \(meant)?"))
    }

    @Test(arguments: [("3 usec", "\"us\""), ("3 US", "\"us\"")])
    func `a unit of time nearly right is named`(text: String, meant: String) throws {
        let line = try #require(report("[links.hccs]\nlatency = \"\(text)\"").first)
        #expect(line.hasSuffix("did you mean \(meant)?"))
    }

    @Test(arguments: ["fast", "GB/s", "", "inf GB/s", "0x1p3 GB/s", "1.2.3 GB/s", "--1 GB/s"])
    func `what is no number is refused`(text: String) throws {
        let lines = report("[links.hccs]\nbandwidth = \"\(text)\"")
        #expect(lines.count == 1)
    }
}
