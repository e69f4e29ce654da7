import Glibc

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
            for i in y.indices { y[i] *= sigmoid(y[i]) }
        }
        return y
    }

    /// Turns the gradient at the output into that at the input, in place.
    static func backward(_ dy: inout Matrix, input x: Matrix) {
        dy.values.withUnsafeMutableBufferPointer { dy in
            x.values.withUnsafeBufferPointer { x in
                for i in dy.indices {
                    let share = sigmoid(x[i])
                    let inner = slope * (1 + 3 * cubic * x[i] * x[i])
                    dy[i] *= share + x[i] * share * (1 - share) * inner
                }
            }
        }
    }

    @inline(__always) private static func sigmoid(_ x: Float) -> Float {
        1 / (1 + expf(-slope * (x + cubic * x * x * x)))
    }
}
