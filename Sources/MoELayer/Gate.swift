import ClusterModel
import Glibc
import Routing

/// Probabilities of experts from tokens, and the gradients that flow back through them.
///
/// A gate does not decide: routers do, from the same tokens.
public struct Gate: Parameterized {
    public let kind: GateKind
    public let experts: Int
    /// W of the dense gate, [experts x width]; no rows for other kinds.
    public var weight: Matrix

    /// What the way back needs.
    struct Cache: Hashable, Sendable {
        /// [tokens x experts]; no rows for a fixed gate.
        var probabilities: Matrix
        /// δ or slice means, [tokens x experts]; no rows where they are not needed.
        var scores: Matrix
        /// |u| of each token, for affinities.
        var norms: [Float]
    }

    init(_ initial: InitialValues, _ name: String, kind: GateKind, experts: Int, width: Int) {
        self.kind = kind
        self.experts = experts
        weight =
            kind.isLearned
            ? initial.gaussian(
                name + ".weight",
                rows: experts,
                columns: width,
                deviation: 1 / Double(width).squareRoot()
            )
            : Matrix(rows: 0, columns: width)
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) { body("weight", &weight) }

    /// The gate as a router's, for `switch` and its kin.
    public var router: DenseGate? {
        guard kind.isLearned else { return nil }
        return DenseGate(experts: experts, width: weight.columns, weights: weight.values)
    }

    /// Probabilities of tokens [tokens x width], [tokens x experts]; no rows of a fixed gate.
    public func probabilities(of u: Matrix) -> Matrix { forward(u).probabilities }

    func forward(_ u: Matrix) -> Cache {
        switch kind {
        case .affinity(let scale):
            let (affinities, norms) = SlicePooling.affinities(of: u, experts: experts)
            var shares = affinities
            Self.softmax(&shares, scale: Float(scale))
            return Cache(probabilities: shares, scores: affinities, norms: norms)
        case .sliceMeans(let noise):
            var means = SlicePooling.sums(of: u, experts: experts)
            let count = Float(u.columns / experts)
            for i in means.values.indices {
                means.values[i] = means.values[i] / count + Float(noise)
            }
            var shares = means
            for i in shares.values.indices { shares.values[i] = max(0, shares.values[i]) }
            Self.softmax(&shares, scale: 1)
            return Cache(probabilities: shares, scores: means, norms: [])
        case .dense, .denseRenormalised:
            var shares = Product.ofTransposed(u, weight)
            Self.softmax(&shares, scale: 1)
            return Cache(
                probabilities: shares,
                scores: Matrix(rows: 0, columns: experts),
                norms: []
            )
        case .fixed:
            let none = Matrix(rows: 0, columns: experts)
            return Cache(probabilities: none, scores: none, norms: [])
        }
    }

    /// From the gradient at the probabilities to that at the tokens, added to `du`.
    func backward(
        _ dProbabilities: Matrix,
        _ cache: Cache,
        input u: Matrix,
        adding gradient: inout Gate,
        to du: inout Matrix
    ) {
        guard kind != .fixed else { return }
        var slope = dProbabilities
        Self.softmaxBackward(&slope, cache.probabilities)
        switch kind {
        case .affinity(let scale):
            for i in slope.values.indices { slope.values[i] *= Float(scale) }
            SlicePooling.addAffinityGradient(
                slope,
                affinities: cache.scores,
                norms: cache.norms,
                input: u,
                to: &du
            )
        case .sliceMeans:
            let count = Float(u.columns / experts)
            for i in slope.values.indices {
                slope.values[i] = cache.scores.values[i] > 0 ? slope.values[i] / count : 0
            }
            SlicePooling.addSumGradient(slope, to: &du)
        case .dense, .denseRenormalised:
            Product.addTransposed(slope, u, to: &gradient.weight)
            du.add(Product.of(slope, weight))
        case .fixed: break
        }
    }

    /// Rows of logits become rows of shares.
    private static func softmax(_ logits: inout Matrix, scale: Float) {
        let width = logits.columns
        logits.values.withUnsafeMutableBufferPointer { values in
            for start in stride(from: 0, to: values.count, by: width) {
                var largest = values[start]
                for i in start..<start + width { largest = max(largest, values[i]) }
                var sum: Float = 0
                for i in start..<start + width {
                    values[i] = expf(scale * (values[i] - largest))
                    sum += values[i]
                }
                for i in start..<start + width { values[i] /= sum }
            }
        }
    }

    /// `p_i (g_i - Σ_j p_j g_j)` for each row.
    private static func softmaxBackward(_ gradient: inout Matrix, _ shares: Matrix) {
        let width = shares.columns
        gradient.values.withUnsafeMutableBufferPointer { gradient in
            shares.values.withUnsafeBufferPointer { shares in
                for start in stride(from: 0, to: shares.count, by: width) {
                    var mean: Float = 0
                    for i in start..<start + width { mean += shares[i] * gradient[i] }
                    for i in start..<start + width {
                        gradient[i] = shares[i] * (gradient[i] - mean)
                    }
                }
            }
        }
    }
}
