import CGateKernels
import ClusterModel
import Glibc

/// A learned gate: logits `W x`, W of [experts x width], row after row.
///
/// The weights are a value: untrained ones come from a seed, learned ones are handed in.
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
        self.init(experts: experts, width: width, random: SeededRandom(seed, .denseGate))
    }

    /// Untrained rows from a stream of their own.
    init(experts: Int, width: Int, random: consuming SeededRandom) {
        let deviation = 1 / Double(width).squareRoot()
        let weights = (0..<experts * width).map { _ in Float(deviation * random.nextGaussian()) }
        self.init(experts: experts, width: width, weights: weights)
    }

    /// `W x` of every token, summed in Double in one order on every machine, [tokens x experts].
    public func logits(of batch: TokenBatch) -> GateLogits {
        invariant(batch.width == width, "tokens of width \(batch.width) at a gate of \(width)")
        return logits(ofRows: batch.features)
    }

    /// `W x` of every row of [rows x width], [rows x experts].
    func logits(ofRows rows: [Float]) -> GateLogits {
        let count = rows.count / width
        let values = [Double](unsafeUninitializedCapacity: count * experts) { values, filled in
            if let start = values.baseAddress, count > 0 {
                gate_products(rows, count, width, weights, experts, start)
            }
            filled = count * experts
        }
        return GateLogits(experts: experts, values: values)
    }
}

extension SeededRandom {
    /// A sample of the standard normal distribution (Box and Muller, 1958).
    mutating func nextGaussian() -> Double {
        let radius = (-2 * log(1 - nextUnit())).squareRoot()
        return radius * cos(2 * Double.pi * nextUnit())
    }
}
