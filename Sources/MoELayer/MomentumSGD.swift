import ClusterModel

/// Stochastic gradient descent with momentum 0.9: `v = 0.9 v + g`, `θ -= rate · v`.
///
/// Source: Sutskever et al., ICML 2013, in the form without dampening.
public struct MomentumSGD: Hashable, Sendable {
    /// v, [count].
    public internal(set) var velocity: [Float]

    private static let momentum: Float = 0.9

    public init(count: Int) { velocity = [Float](repeating: 0, count: count) }

    public mutating func step(
        _ part: inout some Parameterized,
        gradient: [Float],
        rate: Double
    ) {
        invariant(
            gradient.count == velocity.count,
            "a gradient of \(gradient.count) values for \(velocity.count) parameters"
        )
        var offset = 0
        part.visit { _, matrix in
            let start = offset
            offset += matrix.values.count
            matrix.values.withUnsafeMutableBufferPointer { values in
                velocity.withUnsafeMutableBufferPointer { velocity in
                    for i in values.indices {
                        velocity[start + i] =
                            Self.momentum * velocity[start + i]
                            + gradient[start + i]
                        values[i] -= Float(rate) * velocity[start + i]
                    }
                }
            }
        }
    }
}
