import ClusterModel
import Testing

@Suite struct `Bandwidth arithmetic` {
    @Test func `64 KiB at 28 GB/s take 2,340,572 ps, rounded up`() {
        let hccs = Bandwidth(bytesPerSecond: 28_000_000_000)
        #expect(hccs.time(for: ByteCount(65536)) == Interval(picoseconds: 2_340_572))
    }

    @Test func `a gigabyte does not overflow`() {
        let slow = Bandwidth(bytesPerSecond: 1_000_000_000)
        #expect(slow.time(for: ByteCount(1 << 30)) == Interval(picoseconds: 1_073_741_824_000))
    }
}
