// Quantiles of delivery lateness.

/// Actual minus modelled delivery of chunks, in emulated µs; early counts as 0.
public struct LatenessUs: Codable, Sendable, Equatable {
    public var p50: Double
    public var p99: Double
    public var max: Double

    public init(p50: Double, p99: Double, max: Double) {
        self.p50 = p50
        self.p99 = p99
        self.max = max
    }
}
