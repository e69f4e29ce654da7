import ClusterModel
import Glibc

/// Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and bias correction.
///
/// Source: Kingma and Ba, arXiv 1412.6980, Algorithm 1.
public struct Adam: Hashable, Sendable {
    /// m, [count].
    public internal(set) var first: [Float]
    /// v, [count].
    public internal(set) var second: [Float]
    /// t, steps so far.
    public internal(set) var steps = 0

    private static let decay: (Float, Float) = (0.9, 0.999)
    private static let epsilon: Float = 1e-8

    public init(count: Int) {
        first = [Float](repeating: 0, count: count)
        second = first
    }

    /// `θ -= rate · m̂ / (sqrt(v̂) + ε)`.
    public mutating func step(
        _ part: inout some Parameterized,
        gradient: [Float],
        rate: Double
    ) {
        invariant(
            gradient.count == first.count,
            "a gradient of \(gradient.count) values for \(first.count) parameters"
        )
        steps += 1
        let corrections = (
            Float(1 / (1 - pow(Double(Self.decay.0), Double(steps)))),
            Float(1 / (1 - pow(Double(Self.decay.1), Double(steps))))
        )
        var offset = 0
        part.visit { _, matrix in
            let start = offset
            offset += matrix.values.count
            update(&matrix, gradient, from: start, rate: Float(rate), corrections)
        }
    }

    private mutating func update(
        _ matrix: inout Matrix,
        _ gradient: [Float],
        from start: Int,
        rate: Float,
        _ corrections: (Float, Float)
    ) {
        let (keepFirst, keepSecond) = Self.decay
        matrix.values.withUnsafeMutableBufferPointer { values in
            gradient.withUnsafeBufferPointer { gradient in
                first.withUnsafeMutableBufferPointer { first in
                    second.withUnsafeMutableBufferPointer { second in
                        for i in values.indices {
                            let (j, slope) = (start + i, gradient[start + i])
                            first[j] = keepFirst * first[j] + (1 - keepFirst) * slope
                            second[j] = keepSecond * second[j] + (1 - keepSecond) * slope * slope
                            let size = (second[j] * corrections.1).squareRoot() + Self.epsilon
                            values[i] -= rate * first[j] * corrections.0 / size
                        }
                    }
                }
            }
        }
    }
}
