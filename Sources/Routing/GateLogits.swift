import ClusterModel

/// What a gate says of a whole batch: a value for each token and expert, [tokens x experts], row
/// after row.
///
/// One array for all tokens: routers read rows in place, and none is allocated a token.
public struct GateLogits: Hashable, Sendable {
    /// n, the columns.
    public let experts: Int
    /// [tokens x experts].
    public let values: [Double]

    public init(experts: Int, values: [Double]) {
        invariant(
            experts > 0 && values.count.isMultiple(of: experts),
            "\(values.count) values are not rows of \(experts)"
        )
        self.experts = experts
        self.values = values
    }

    /// s, the rows.
    public var count: Int { values.count / experts }

    /// One token's values, [experts].
    public func row(_ token: Int) -> ArraySlice<Double> {
        values[token * experts..<(token + 1) * experts]
    }

    public subscript(token: Int, expert: Int) -> Double { values[token * experts + expert] }

    /// `softmax(scale x row)` of every row.
    public func probabilities(scale: Double = 1) -> GateLogits {
        var shares: [Double] = []
        shares.reserveCapacity(values.count)
        for token in 0..<count {
            shares += Softmax.probabilities(of: row(token), scale: scale)
        }
        return GateLogits(experts: experts, values: shares)
    }
}
