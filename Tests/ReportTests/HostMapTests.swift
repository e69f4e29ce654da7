import Report
import Testing

@Suite struct `The map of a host` {
    private func row(_ workers: Int, _ share: Double, _ isTrusted: Bool) -> HostMapRow {
        HostMapRow(
            workers: workers,
            dilation: 400 * share,
            dilationShare: share,
            hostGbps: 0.8 / share,
            differs: isTrusted ? 0.0008 : 0.021,
            lateness: 0.001,
            cpuBusy: 0.42,
            isTrusted: isTrusted
        )
    }

    @Test func `says where the verdict turns`() {
        let rows = [
            row(8, 1, true), row(8, 0.5, true), row(8, 0.25, false), row(16, 1, true),
            row(32, 1, false),
        ]
        #expect(
            HostMapTable.text(of: rows) == """
                workers  dilation  of auto  host rate  differs      late   CPU  verdict
                                                 GB/s      p50  p99/time  busy
                8             400     1.00      0.800   0.08 %    0.10 %  42 %  trusted
                8             200     0.50      1.600   0.08 %    0.10 %  42 %  trusted
                8             100     0.25      3.200   2.10 %    0.10 %  42 %  suspect
                16            400     1.00      0.800   0.08 %    0.10 %  42 %  trusted
                32            400     1.00      0.800   2.10 %    0.10 %  42 %  suspect
                # 8 workers: trusted down to a dilation of 200, suspect at 100
                # 16 workers: trusted down to a dilation of 400 throughout
                # 32 workers: suspect throughout

                """
        )
    }
}
