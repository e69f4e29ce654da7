/// Sums over the n equal slices of a token, the affinities made of them, and their gradients.
///
/// The same numbers as Routing's GroupedAveragePooling (LocMoE, arXiv 2401.13920, Eq. 2; LocMoE+,
/// arXiv 2406.00023, Eq. 4), for all tokens at once and in Float: those decide, these are
/// differentiated.
enum SlicePooling {
    /// [tokens x width] to [tokens x experts].
    static func sums(of u: Matrix, experts: Int) -> Matrix {
        var sums = Matrix(rows: u.rows, columns: experts)
        let slice = u.columns / experts
        sums.values.withUnsafeMutableBufferPointer { sums in
            u.values.withUnsafeBufferPointer { u in
                for i in sums.indices {
                    var sum: Float = 0
                    for j in i * slice..<(i + 1) * slice { sum += u[j] }
                    sums[i] = sum
                }
            }
        }
        return sums
    }

    /// `δ_i = sqrt(n/d) · (sum of slice i) / |u|`, 0 for a zero token; and |u| of each token.
    static func affinities(of u: Matrix, experts: Int) -> (Matrix, norms: [Float]) {
        var result = sums(of: u, experts: experts)
        var norms = [Float](repeating: 0, count: u.rows)
        let factor = (Float(experts) / Float(u.columns)).squareRoot()
        result.values.withUnsafeMutableBufferPointer { result in
            u.values.withUnsafeBufferPointer { values in
                for token in norms.indices {
                    var squares: Float = 0
                    for j in u.range(of: token) { squares += values[j] * values[j] }
                    norms[token] = squares.squareRoot()
                    let scale = squares > 0 ? factor / norms[token] : 0
                    for i in token * experts..<(token + 1) * experts { result[i] *= scale }
                }
            }
        }
        return (result, norms)
    }

    /// Adds to `du` what a gradient at the sums means for the tokens: the same for a whole slice.
    static func addSumGradient(_ gradient: Matrix, to du: inout Matrix) {
        let slice = du.columns / gradient.columns
        du.values.withUnsafeMutableBufferPointer { du in
            gradient.values.withUnsafeBufferPointer { gradient in
                for i in gradient.indices {
                    for j in i * slice..<(i + 1) * slice { du[j] += gradient[i] }
                }
            }
        }
    }

    /// Adds to `du` what a gradient g at the affinities means for the tokens:
    /// `sqrt(n/d) g_slice(j) / |u| - (Σ_i g_i δ_i) u_j / |u|²`, nothing for a zero token.
    static func addAffinityGradient(
        _ gradient: Matrix,
        affinities: Matrix,
        norms: [Float],
        input u: Matrix,
        to du: inout Matrix
    ) {
        let (width, experts) = (u.columns, gradient.columns)
        let (slice, factor) = (width / experts, (Float(experts) / Float(width)).squareRoot())
        du.values.withUnsafeMutableBufferPointer { du in
            gradient.values.withUnsafeBufferPointer { gradient in
                affinities.values.withUnsafeBufferPointer { affinities in
                    u.values.withUnsafeBufferPointer { u in
                        for (token, norm) in norms.enumerated() where norm > 0 {
                            var radial: Float = 0
                            for i in token * experts..<(token + 1) * experts {
                                radial += gradient[i] * affinities[i]
                                let share = factor * gradient[i] / norm
                                for j in i * slice..<(i + 1) * slice { du[j] += share }
                            }
                            radial /= norm * norm
                            for j in token * width..<(token + 1) * width { du[j] -= radial * u[j] }
                        }
                    }
                }
            }
        }
    }
}
