// Offered, routed and dropped (token, expert) pairs.

/// (token, expert) pairs over the measured steps.
public struct TokenCounts: Codable, Sendable, Equatable {
    /// Pairs the routers were asked for: tokens x k.
    public var offered: Int
    /// Pairs that reached an expert.
    public var routed: Int
    /// Pairs no capacity (or no threshold) was left for: they take the residual.
    public var dropped: Int
    /// Of one step, the busiest expert (all its sources together), mean over steps.
    public var perExpertMax: Double
    public var perExpertMean: Double

    public init(
        offered: Int,
        routed: Int,
        dropped: Int,
        perExpertMax: Double,
        perExpertMean: Double
    ) {
        self.offered = offered
        self.routed = routed
        self.dropped = dropped
        self.perExpertMax = perExpertMax
        self.perExpertMean = perExpertMean
    }
}
