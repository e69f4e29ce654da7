import CGateKernels
import ClusterModel

/// GrAP, the gate of LocMoE and LocMoE+: fixed, without parameters, O(d) a token.
///
/// Gating vector i is n/d on the i-th of n equal slices of a token and 0 elsewhere, so its logit
/// is the mean of that slice. Sums are taken in Double, in one order on every machine: features
/// that were fp16 then add up without rounding unless they span more than 53 bits.
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

    /// Slice means of every token, the logits `w_i . x`, [tokens x experts].
    public func means(of batch: TokenBatch) -> GateLogits {
        let share = Double(slice)
        return scaled(batch.features, width: batch.width) { (sum, _) in sum / share }
    }

    /// Affinities δ_ti, the cosine of token t and gating vector i, [tokens x experts]:
    /// `sqrt(n/d) x (sum of slice i) / |x|`; all 0 for a zero token.
    ///
    /// `Σ_i δ_ti² <= 1` and δ does not change when a token is scaled. LocMoE+, Eq. 4.
    public func affinities(of batch: TokenBatch) -> GateLogits {
        let factor = (Double(experts) / Double(width)).squareRoot()
        return scaled(batch.features, width: batch.width) { (sum, norm) in
            norm > 0 ? factor * sum / norm : 0
        }
    }

    /// The gating vector of an expert, [width].
    public func vector(of expert: ExpertIndex) -> [Float] {
        (0..<width).map { $0 / slice == expert.index ? Float(experts) / Float(width) : 0 }
    }

    /// A value from the sum of each slice and the norm of its token.
    @inline(__always)
    private func scaled(
        _ features: [Float],
        width given: Int,
        _ value: (Double, Double) -> Double
    ) -> GateLogits {
        invariant(given == width, "tokens of width \(given) at a gate of \(width)")
        let count = features.count / width
        let values = [Double](unsafeUninitializedCapacity: count * experts) { values, filled in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { squares in
                sum(features, count: count, into: values, squares)
                for token in 0..<count {
                    let norm = squares[token].squareRoot()
                    for i in token * experts..<(token + 1) * experts {
                        values[i] = value(values[i], norm)
                    }
                }
            }
            filled = count * experts
        }
        return GateLogits(experts: experts, values: values)
    }

    private func sum(
        _ features: [Float],
        count: Int,
        into sums: UnsafeMutableBufferPointer<Double>,
        _ squares: UnsafeMutableBufferPointer<Double>
    ) {
        guard let sums = sums.baseAddress, let squares = squares.baseAddress else { return }
        features.withUnsafeBufferPointer {
            gate_slice_sums($0.baseAddress, count, experts, slice, sums, squares)
        }
    }

    /// A sum for each slice, then a factor for each expert: d + n.
    func flopsPerToken(hidden: Int) -> Double { Double(hidden + experts) }
}
