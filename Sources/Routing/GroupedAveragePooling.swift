import ClusterModel

/// GrAP, the gate of LocMoE and LocMoE+: fixed, without parameters, O(d) a token.
///
/// Gating vector i is n/d on the i-th of n equal slices of a token and 0 elsewhere, so its logit
/// is the mean of that slice. Sums are taken in Double in index order: features that were fp16
/// then add up without rounding unless they span more than 53 bits.
/// Source: LocMoE, arXiv 2401.13920, Eq. 2; LocMoE+, arXiv 2406.00023, Eq. 2-4.
public struct GroupedAveragePooling: Hashable, Sendable {
    /// n.
    public let experts: Int
    /// d, a multiple of n.
    public let width: Int
    /// d/n, the elements of a slice.
    public var slice: Int { width / experts }

    /// Nil when `experts` does not divide `width`.
    public init?(experts: Int, width: Int) {
        guard experts > 0, width > 0, width.isMultiple(of: experts) else { return nil }
        self.experts = experts
        self.width = width
    }

    /// Slice means of a token [width], the logits `w_i . x`, [experts].
    public func means(of token: ArraySlice<Float>) -> [Double] {
        sums(of: token).map { $0 / Double(slice) }
    }

    /// Affinities δ_i, the cosine of token [width] and gating vector i, [experts]:
    /// `sqrt(n/d) x (sum of slice i) / |x|`; all 0 for a zero token.
    ///
    /// `Σ δ_i² <= 1` and δ does not change when the token is scaled. LocMoE+, Eq. 4.
    public func affinities(of token: ArraySlice<Float>) -> [Double] {
        var squares = 0.0
        for value in token { squares += Double(value) * Double(value) }
        let norm = squares.squareRoot()
        guard norm > 0 else { return [Double](repeating: 0, count: experts) }
        let factor = (Double(experts) / Double(width)).squareRoot()
        return sums(of: token).map { factor * $0 / norm }
    }

    /// The gating vector of an expert, [width].
    public func vector(of expert: ExpertIndex) -> [Float] {
        (0..<width).map { $0 / slice == expert.index ? Float(experts) / Float(width) : 0 }
    }

    private func sums(of token: ArraySlice<Float>) -> [Double] {
        invariant(token.count == width, "a token of width \(token.count) at a gate of \(width)")
        return (0..<experts).map { expert in
            let start = token.startIndex + expert * slice
            var sum = 0.0
            for value in token[start..<start + slice] { sum += Double(value) }
            return sum
        }
    }

    /// A sum for each slice, then a factor for each expert: d + n.
    func flopsPerToken(hidden: Int) -> Double { Double(hidden + experts) }
}
