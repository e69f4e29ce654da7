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
    ///
    /// Rows of the same values, whatever their order, have the same odds, and the order of a row's
    /// odds is that of its values, ties included: rounding decides nothing.
    func logOdds() -> GateLogits {
        var odds = [Double](repeating: 0, count: values.count)
        for token in 0..<count {
            let row = row(token)
            let ranked = row.indices.sorted { row[$0] != row[$1] ? row[$0] > row[$1] : $0 < $1 }
            let best = row[ranked[0]]
            var others = 0.0
            for i in ranked.dropFirst().reversed() { others += exp(row[i] - best) }
            // Of all but the best that is what was summed, without subtracting.
            var last = -log(others)
            odds[ranked[0]] = last
            for (previous, i) in zip(ranked, ranked.dropFirst()) {
                let offset = row[i] - best
                if row[i] < row[previous] {
                    last = min(offset - log(1 + others - exp(offset)), last.nextDown)
                }
                odds[i] = last
            }
        }
        return GateLogits(experts: experts, values: odds)
    }
}
