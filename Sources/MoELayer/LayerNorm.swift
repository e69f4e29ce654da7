import ClusterModel

/// `y = (x - mean) / sqrt(variance + 1e-5) · gain + bias` for each row.
///
/// Sums are taken in Double. Source: Ba, Kiros and Hinton, arXiv 1607.06450.
public struct LayerNorm: Parameterized {
    /// [1 x width].
    public var gain: Matrix
    /// [1 x width].
    public var bias: Matrix

    /// What the way back needs: x̂, [rows x width], and 1/deviation for each row.
    struct Cache: Hashable, Sendable {
        var normalized: Matrix
        var scale: [Float]
    }

    init(width: Int) {
        gain = Matrix(rows: 1, columns: width, values: [Float](repeating: 1, count: width))
        bias = Matrix(rows: 1, columns: width)
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        body("gain", &gain)
        body("bias", &bias)
    }

    func forward(_ x: Matrix) -> (Matrix, Cache) {
        var cache = Cache(normalized: x, scale: [Float](repeating: 0, count: x.rows))
        let width = x.columns
        cache.normalized.values.withUnsafeMutableBufferPointer { values in
            cache.scale.withUnsafeMutableBufferPointer { scale in
                for row in scale.indices {
                    let row = UnsafeMutableBufferPointer(
                        rebasing: values[row * width..<(row + 1) * width]
                    )
                    scale[(row.baseAddress! - values.baseAddress!) / width] = normalize(row)
                }
            }
        }
        var y = cache.normalized
        y.values.withUnsafeMutableBufferPointer { y in
            gain.values.withUnsafeBufferPointer { gain in
                bias.values.withUnsafeBufferPointer { bias in
                    for start in stride(from: 0, to: y.count, by: width) {
                        for j in 0..<width { y[start + j] = y[start + j] * gain[j] + bias[j] }
                    }
                }
            }
        }
        return (y, cache)
    }

    private func normalize(_ row: UnsafeMutableBufferPointer<Float>) -> Float {
        let count = Double(row.count)
        var sum = 0.0
        for value in row { sum += Double(value) }
        let mean = sum / count
        var squares = 0.0
        for value in row {
            let difference = Double(value) - mean
            squares += difference * difference
        }
        let scale = 1 / (squares / count + 1e-5).squareRoot()
        for j in row.indices { row[j] = Float((Double(row[j]) - mean) * scale) }
        return Float(scale)
    }

    /// From the gradient at the output to that at the input; those of gain and bias are added.
    func backward(_ dy: Matrix, _ cache: Cache, adding gradient: inout LayerNorm) -> Matrix {
        gradient.bias.addColumnSums(of: dy)
        var dx = dy
        let width = dy.columns
        dx.values.withUnsafeMutableBufferPointer { dx in
            cache.normalized.values.withUnsafeBufferPointer { normalized in
                gradient.gain.values.withUnsafeMutableBufferPointer { dGain in
                    gain.values.withUnsafeBufferPointer { gain in
                        for (row, scale) in cache.scale.enumerated() {
                            let start = row * width
                            var (sum, product) = (0.0, 0.0)
                            for j in 0..<width {
                                let hat = normalized[start + j]
                                dGain[j] += dx[start + j] * hat
                                dx[start + j] *= gain[j]
                                sum += Double(dx[start + j])
                                product += Double(dx[start + j]) * Double(hat)
                            }
                            let mean = Float(sum / Double(width))
                            let slope = Float(product / Double(width))
                            for j in 0..<width {
                                let centred = dx[start + j] - mean - normalized[start + j] * slope
                                dx[start + j] = scale * centred
                            }
                        }
                    }
                }
            }
        }
        return dx
    }
}
