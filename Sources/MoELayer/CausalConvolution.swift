import ClusterModel

/// A causal depthwise convolution over the last `taps` tokens of a sequence.
///
/// Each element of a token's row becomes a weighted sum of that element over those tokens; before
/// a sequence lie zeros.
public struct CausalConvolution: Parameterized {
    /// [taps x width]; row k weighs the token k places back.
    public var kernel: Matrix
    /// [1 x width].
    public var bias: Matrix
    /// Tokens of a sequence: rows are a whole number of sequences, one behind the other.
    let sequenceLength: Int

    /// Uniform in ±1/sqrt(taps), and 1 more for the own token (ours); the bias is 0.
    ///
    /// The 1 lets every token through at the start, mixed with a little of those before it.
    init(_ initial: InitialValues, width: Int, taps: Int, sequenceLength: Int) {
        let bound = 1 / Double(taps).squareRoot()
        kernel = initial.uniform("convolution.kernel", rows: taps, columns: width, bound: bound)
        for j in 0..<width { kernel.values[j] += 1 }
        bias = Matrix(rows: 1, columns: width)
        self.sequenceLength = sequenceLength
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        body("kernel", &kernel)
        body("bias", &bias)
    }

    func forward(_ x: Matrix) -> Matrix {
        var y = Matrix(rows: x.rows, columns: x.columns)
        y.addToRows(bias)
        let width = x.columns
        y.values.withUnsafeMutableBufferPointer { y in
            x.values.withUnsafeBufferPointer { x in
                kernel.values.withUnsafeBufferPointer { kernel in
                    forEachTap(rows: x.count / width) { token, source, tap in
                        for j in 0..<width {
                            y[token * width + j] += kernel[tap * width + j] * x[source * width + j]
                        }
                    }
                }
            }
        }
        return y
    }

    /// From the gradient at the output to that at the input; those of kernel and bias are added.
    func backward(
        _ dy: Matrix,
        input x: Matrix,
        adding gradient: inout CausalConvolution
    ) -> Matrix {
        gradient.bias.addColumnSums(of: dy)
        var dx = Matrix(rows: x.rows, columns: x.columns)
        let width = x.columns
        dx.values.withUnsafeMutableBufferPointer { dx in
            dy.values.withUnsafeBufferPointer { dy in
                x.values.withUnsafeBufferPointer { x in
                    kernel.values.withUnsafeBufferPointer { kernel in
                        gradient.kernel.values.withUnsafeMutableBufferPointer { dKernel in
                            forEachTap(rows: x.count / width) { token, source, tap in
                                let (to, from, k) = (token * width, source * width, tap * width)
                                for j in 0..<width {
                                    dx[from + j] += kernel[k + j] * dy[to + j]
                                    dKernel[k + j] += x[from + j] * dy[to + j]
                                }
                            }
                        }
                    }
                }
            }
        }
        return dx
    }

    /// Every (token, the token `tap` places back in its sequence, tap).
    @inline(__always)
    private func forEachTap(rows: Int, _ body: (Int, Int, Int) -> Void) {
        for token in 0..<rows {
            for tap in 0...min(kernel.rows - 1, token % sequenceLength) {
                body(token, token - tap, tap)
            }
        }
    }
}
