import ClusterModel
import Glibc

/// A learned gate: logits `W x`, W of [experts x width], row after row.
public struct DenseGate: Hashable, Sendable {
    public let experts: Int
    public let width: Int
    /// W, [experts x width].
    public let weights: [Float]

    /// Stops the process when `weights` has another size than experts x width.
    public init(experts: Int, width: Int, weights: [Float]) {
        invariant(
            weights.count == experts * width,
            "\(weights.count) gate weights for \(experts) x \(width)"
        )
        self.experts = experts
        self.width = width
        self.weights = weights
    }

    /// An untrained gate: Gaussian weights of standard deviation `1/sqrt(width)` from the seed.
    public init(experts: Int, width: Int, seed: UInt64) {
        var random = SeededRandom(seed, .denseGate)
        let deviation = 1 / Double(width).squareRoot()
        let weights = (0..<experts * width).map { _ in Float(deviation * random.nextGaussian()) }
        self.init(experts: experts, width: width, weights: weights)
    }

    /// Logits of a token [width], summed in Double in index order, [experts].
    public func logits(of token: ArraySlice<Float>) -> [Double] {
        invariant(token.count == width, "a token of width \(token.count) at a gate of \(width)")
        return token.withUnsafeBufferPointer { token in
            weights.withUnsafeBufferPointer { weights in
                (0..<experts).map { expert in
                    var sum = 0.0
                    for j in 0..<width {
                        sum += Double(weights[expert * width + j]) * Double(token[j])
                    }
                    return sum
                }
            }
        }
    }
}

extension SeededRandom {
    /// A sample of the standard normal distribution (Box and Muller, 1958).
    mutating func nextGaussian() -> Double {
        let radius = (-2 * log(1 - nextUnit())).squareRoot()
        return radius * cos(2 * Double.pi * nextUnit())
    }
}
