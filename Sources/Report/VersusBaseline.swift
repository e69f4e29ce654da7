// One router against the baseline on identical tokens.

/// This router against the baseline on identical tokens.
public struct VersusBaseline: Codable, Sendable, Equatable {
    /// Mean over paired steps of step time / the baseline's.
    public var stepTimeRatio: Double
    /// 95 % interval of that mean (Student's t over paired steps), two values; `null` in JSON where
    /// there is none, of fewer than two pairs.
    public var ci95: [Double]?
    public var interNodeBytesRatio: Double

    public init(stepTimeRatio: Double, ci95: [Double]?, interNodeBytesRatio: Double) {
        self.stepTimeRatio = stepTimeRatio
        self.ci95 = ci95
        self.interNodeBytesRatio = interNodeBytesRatio
    }

    private enum CodingKeys: CodingKey { case stepTimeRatio, ci95, interNodeBytesRatio }

    /// What is not there is said, not left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stepTimeRatio, forKey: .stepTimeRatio)
        try container.encode(ci95, forKey: .ci95)
        try container.encode(interNodeBytesRatio, forKey: .interNodeBytesRatio)
    }

    /// The interval's ends; `nil` where there is none, in runs of earlier versions too.
    var interval: (low: Double, high: Double)? {
        guard let ci95, ci95.count == 2 else { return nil }
        return (ci95[0], ci95[1])
    }
}
