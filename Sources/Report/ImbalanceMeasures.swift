// How unevenly tokens fell, as results.json names it.

/// How unevenly tokens fell, means over steps.
public struct ImbalanceMeasures: Codable, Sendable, Equatable {
    public var expertMaxOverMean: Double
    public var rankMaxOverMean: Double
    public var nodeMaxOverMean: Double
    /// Coefficient of variation of the experts' loads.
    public var cv: Double
    public var gini: Double
    /// Shannon entropy of the experts' loads over ln n: 1 is even.
    public var entropy: Double

    public init(
        expertMaxOverMean: Double,
        rankMaxOverMean: Double,
        nodeMaxOverMean: Double,
        cv: Double,
        gini: Double,
        entropy: Double
    ) {
        self.expertMaxOverMean = expertMaxOverMean
        self.rankMaxOverMean = rankMaxOverMean
        self.nodeMaxOverMean = nodeMaxOverMean
        self.cv = cv
        self.gini = gini
        self.entropy = entropy
    }
}
