import ClusterModel
import Glibc

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

    /// `ln (p / (1 - p))` for the softmax p of every row, exact even where p rounds to 0 or 1.
    func logOdds() -> GateLogits {
        var odds: [Double] = []
        odds.reserveCapacity(values.count)
        for token in 0..<count {
            let row = row(token)
            let best = row.startIndex + Ranking.largest(of: row)
            var others = 0.0
            for i in row.indices where i != best { others += exp(row[i] - row[best]) }
            for i in row.indices {
                let offset = row[i] - row[best]
                // Of all but i; for the best one that is what was summed, without subtracting.
                let rest = i == best ? others : 1 + others - exp(offset)
                odds.append(offset - log(rest))
            }
        }
        return GateLogits(experts: experts, values: odds)
    }
}
