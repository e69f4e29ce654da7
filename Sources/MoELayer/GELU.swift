/// `x σ(2z)` with `z = sqrt(2/π) (x + 0.044715 x³)`: the tanh form of the Gaussian error linear
/// unit, written with a sigmoid.
///
/// Source: Hendrycks and Gimpel, arXiv 1606.08415, section 2.
enum GELU {
    private static let slope: Float = 1.5957691216057308
    private static let cubic: Float = 0.044715

    static func forward(_ x: Matrix) -> Matrix {
        var y = x
        y.values.withUnsafeMutableBufferPointer { y in
            x.values.withUnsafeBufferPointer { x in
                odds(x, y)
                for i in y.indices { y[i] = x[i] * (1 / (1 + y[i])) }
            }
        }
        return y
    }

    /// Turns the gradient at the output into that at the input, in place.
    static func backward(_ dy: inout Matrix, input x: Matrix) {
        var against = x
        dy.values.withUnsafeMutableBufferPointer { dy in
            x.values.withUnsafeBufferPointer { x in
                against.values.withUnsafeMutableBufferPointer { against in
                    odds(x, against)
                    for i in dy.indices {
                        let share = 1 / (1 + against[i])
                        let inner = slope * (1 + 3 * cubic * x[i] * x[i])
                        dy[i] *= share + x[i] * share * (1 - share) * inner
                    }
                }
            }
        }
    }

    /// `exp(-2z)`: the odds against what the sigmoid stands for.
    private static func odds(
        _ x: UnsafeBufferPointer<Float>,
        _ against: UnsafeMutableBufferPointer<Float>
    ) {
        for i in x.indices { against[i] = -slope * (x[i] + cubic * x[i] * x[i] * x[i]) }
        Exponentials.replace(against)
    }
}
