import Glibc

/// Probabilities of logits, and the order of choices: what all gates share.
enum Softmax {
    /// `exp(scale x l_i) / Σ_j exp(scale x l_j)`, in Double, shifted by the largest logit.
    static func probabilities(of logits: ArraySlice<Double>, scale: Double = 1) -> [Double] {
        let largest = logits.max() ?? 0
        var result = logits.map { exp(scale * ($0 - largest)) }
        let sum = result.reduce(0, +)
        for i in result.indices { result[i] /= sum }
        return result
    }
}

/// The best of a few values.
enum Ranking {
    /// Indices of the `k` largest values, counted from the start of the slice, best first; of
    /// equal values the lower index wins.
    static func top(_ k: Int, of values: ArraySlice<Double>) -> [Int] {
        guard k > 1 else { return [largest(of: values)] }
        let start = values.startIndex
        let order = values.indices.sorted {
            values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1
        }
        return order.prefix(k).map { $0 - start }
    }

    /// The index of the largest value, counted from the start of the slice.
    static func largest(of values: ArraySlice<some Comparable>) -> Int {
        var best = values.startIndex
        for i in values.indices where values[i] > values[best] { best = i }
        return best - values.startIndex
    }
}
