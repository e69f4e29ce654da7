import Glibc

/// Probabilities of logits, and the order of choices: what all gates share.
enum Softmax {
    /// `exp(scale x l_i) / Σ_j exp(scale x l_j)`, in Double, shifted by the largest logit.
    static func probabilities(of logits: [Double], scale: Double = 1) -> [Double] {
        let largest = logits.max() ?? 0
        var result = logits.map { exp(scale * ($0 - largest)) }
        let sum = result.reduce(0, +)
        for i in result.indices { result[i] /= sum }
        return result
    }
}

/// The best of a few values.
enum Ranking {
    /// Indices of the `k` largest values, best first; of equal values the lower index wins.
    static func top(_ k: Int, of values: [Double]) -> [Int] {
        guard k > 1 else { return [largest(of: values)] }
        let order = values.indices.sorted {
            values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1
        }
        return Array(order.prefix(k))
    }

    private static func largest(of values: [Double]) -> Int {
        var best = 0
        for i in values.indices where values[i] > values[best] { best = i }
        return best
    }
}
