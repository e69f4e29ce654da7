import Report
import Testing

@Suite struct `The table of links` {
    @Test func `has configured beside measured`() {
        let rows = [
            LinkBenchRow(
                link: "hccs",
                flows: 1,
                configuredGbps: 28,
                measuredGbps: 27.986,
                configuredLatencyUs: 3,
                measuredLatencyUs: 3.01,
                smallDiffers: 0.0042,
                largeDiffers: -0.0001,
                wrong: 0,
                latenessUs: LatenessUs(p50: 0, p99: 0.02, max: 0.3)
            ),
            LinkBenchRow(
                link: "uplink",
                flows: 32,
                configuredGbps: 200,
                measuredGbps: 200.4,
                configuredLatencyUs: 0,
                measuredLatencyUs: 0.1,
                smallDiffers: 0,
                largeDiffers: 0.002,
                wrong: 1200,
                latenessUs: LatenessUs(p50: 0, p99: 1.5, max: 3)
            ),
        ]
        #expect(
            LinkBenchTable.text(of: rows) == """
                link      flows    conf.    meas.  differs  latency  latency  differs   64 KiB    1 MiB  late  wrong
                        at once     GB/s     GB/s             conf.    meas.           differs  differs   p99  bytes
                hccs          1   28.000   27.986  -0.05 %     3.00     3.01  +0.33 %  +0.42 %  -0.01 %  0.02      0
                uplink       32  200.000  200.400  +0.20 %        0     0.10   0.00 %   0.00 %  +0.20 %  1.50  1,200
                # Rates are of all flows together, in emulated time, from the difference of two sizes.
                # latency, late: µs of emulated time; latency is that of a message of one byte. 64 KiB, 1 MiB:
                # the time of flows of that size over the model's, minus 1. Flows at once leave one rank
                # (hccs, roce), or share the port between two quads (pcie) or the uplink of a leaf.

                """
        )
        #expect(LinkBenchTable.text(of: rows).split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
