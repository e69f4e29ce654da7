// One bin of the lateness histogram.

/// Chunks whose lateness was at most `upToUs`, and above the bin before.
public struct HistogramBin: Codable, Sendable, Equatable {
    public var upToUs: Double
    public var count: Int

    public init(upToUs: Double, count: Int) {
        self.upToUs = upToUs
        self.count = count
    }
}
