/// A machine from the papers or from a vendor's data sheet, as defaults for a plan.
///
/// Latencies are not published: 3 µs for HCCS and 10 µs for RoCE are assumed.
public enum Preset: String, Sendable, CaseIterable {
    /// Atlas 800T A2: a full mesh of 8, 28 GB/s each way (the quoted 56 GB/s is both ways);
    /// a NIC of 200 Gbit/s an NPU; 313 TFLOPS.
    case ascend910B3 = "910b3"
    /// The user's own figures: every link key must be given.
    case custom

    /// The links this preset stands for, `nil` where the user must say.
    public var links: LinkSettings? {
        switch self {
        case .ascend910B3:
            LinkSettings(
                hccs: LinkRate(
                    bandwidth: Bandwidth(bytesPerSecond: 28_000_000_000),
                    latency: Interval(picoseconds: 3_000_000)
                ),
                topology: .mesh,
                roce: LinkRate(
                    bandwidth: Bandwidth(bytesPerSecond: 25_000_000_000),
                    latency: Interval(picoseconds: 10_000_000)
                )
            )
        case .custom:
            nil
        }
    }

    /// Peak of one NPU in half precision, in floating-point operations a second.
    public var peakFlops: Double? {
        switch self {
        case .ascend910B3: 313e12
        case .custom: nil
        }
    }

    /// The most NPUs a node of this machine has, `nil` where there is no such limit.
    public var npusPerNodeMax: Int? {
        switch self {
        case .ascend910B3: 8
        case .custom: nil
        }
    }
}
