// One router against the baseline on identical tokens.

/// This router against the baseline on identical tokens.
public struct VersusBaseline: Codable, Sendable, Equatable {
    /// Mean over paired steps of step time / the baseline's.
    public var stepTimeRatio: Double
    /// 95 % interval of that mean (Student's t over paired steps), two values.
    public var ci95: [Double]
    public var interNodeBytesRatio: Double

    public init(stepTimeRatio: Double, ci95: [Double], interNodeBytesRatio: Double) {
        self.stepTimeRatio = stepTimeRatio
        self.ci95 = ci95
        self.interNodeBytesRatio = interNodeBytesRatio
    }
}
