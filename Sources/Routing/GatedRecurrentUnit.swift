import ClusterModel
import Glibc

/// A gated recurrent unit, the memory of `rmoe`'s router from layer to layer.
///
/// ```
/// r = σ(W_r x + b_r + U_r h + c_r)      z = σ(W_z x + b_z + U_z h + c_z)
/// m = tanh(W_m x + b_m + r (U_m h + c_m))       h' = (1 - z) m + z h
/// ```
/// Source: Cho et al., arXiv 1406.1078, with the reset gate behind the product, as PyTorch has it.
public struct GatedRecurrentUnit: Hashable, Sendable {
    /// p, elements of input and state.
    public let width: Int
    /// W and U: rows of r, then z, then m, [3p x p] each.
    public let input: DenseGate
    public let state: DenseGate
    /// b and c, [3p] each.
    public let inputBias: [Float]
    public let stateBias: [Float]

    /// Stops the process when shapes do not fit.
    public init(input: DenseGate, state: DenseGate, inputBias: [Float], stateBias: [Float]) {
        let width = input.width
        invariant(
            input.experts == 3 * width && state.experts == 3 * width && state.width == width
                && inputBias.count == 3 * width && stateBias.count == 3 * width,
            "weights of \(input.experts) x \(width) and \(state.experts) x \(state.width) for a "
                + "recurrent unit"
        )
        self.width = width
        self.input = input
        self.state = state
        self.inputBias = inputBias
        self.stateBias = stateBias
    }

    /// Untrained: Gaussian weights of standard deviation `1/sqrt(p)`, no bias.
    init(width: Int, seed: UInt64) {
        func rows(_ part: UInt64) -> DenseGate {
            DenseGate(
                experts: 3 * width,
                width: width,
                random: SeededRandom(seed, .routerRecurrence, part)
            )
        }
        let bias = [Float](repeating: 0, count: 3 * width)
        self.init(input: rows(0), state: rows(1), inputBias: bias, stateBias: bias)
    }

    /// The next state of every row.
    ///
    /// - Parameters:
    ///   - inputs: x, [rows x p].
    ///   - states: h, [rows x p].
    /// - Returns: h', [rows x p].
    func next(inputs: [Float], states: [Float]) -> [Float] {
        let (fresh, kept) = (input.logits(ofRows: inputs), state.logits(ofRows: states))
        var result: [Float] = []
        result.reserveCapacity(states.count)
        for row in 0..<fresh.count {
            for i in 0..<width {
                func sums(_ gate: Int) -> (Double, Double) {
                    let at = gate * width + i
                    return (
                        fresh[row, at] + Double(inputBias[at]),
                        kept[row, at] + Double(stateBias[at])
                    )
                }
                let (reset, update, memory) = (sums(0), sums(1), sums(2))
                let r = Self.sigmoid(reset.0 + reset.1)
                let z = Self.sigmoid(update.0 + update.1)
                let m = tanh(memory.0 + r * memory.1)
                result.append(Float((1 - z) * m + z * Double(states[row * width + i])))
            }
        }
        return result
    }

    private static func sigmoid(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

    /// Two products of [3p x p].
    var flops: Double { 2 * 2 * 3 * Double(width) * Double(width) }
}
