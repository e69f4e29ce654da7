/// The language model without its experts: what every data-parallel rank has a copy of.
///
/// Embedding, causal convolution, residual block, the dense parts of the MoE layers, linear head.
public struct DenseModel: Parameterized {
    public let shape: ModelDimensions
    public var embedding: Embedding
    public var convolution: CausalConvolution
    public var block: ResidualBlock
    public var layers: [MixtureLayer]
    public var head: LinearHead
    /// RMoE's unit, which all layers share; nil elsewhere.
    public var recurrence: RecurrentUnit?

    /// Untrained, from a seed.
    public init(_ shape: ModelDimensions, seed: UInt64) {
        let initial = InitialValues(seed: seed)
        self.shape = shape
        embedding = Embedding(initial, vocabulary: shape.vocabulary, width: shape.width)
        convolution = CausalConvolution(
            initial,
            width: shape.width,
            taps: shape.taps,
            sequenceLength: shape.sequenceLength
        )
        block = ResidualBlock(initial, width: shape.width)
        let count = shape.mixture == .none ? 0 : shape.layers
        layers = (0..<count).map { MixtureLayer(initial, "layer\($0)", shape, layer: $0) }
        head = LinearHead(initial, width: shape.width, vocabulary: shape.vocabulary)
        if case .experts(.recurrent(let width)) = shape.mixture {
            recurrence = RecurrentUnit(initial, width: width)
        }
    }

    public mutating func visit(_ body: (String, inout Matrix) -> Void) {
        embedding.visit { body("embedding.\($0)", &$1) }
        convolution.visit { body("convolution.\($0)", &$1) }
        block.visit { body("block.\($0)", &$1) }
        for i in layers.indices { layers[i].visit { body("layers.\(i).\($0)", &$1) } }
        head.visit { body("head.\($0)", &$1) }
        recurrence?.visit { body("recurrence.\($0)", &$1) }
    }

    /// What a layer's router is made of: the learned parts of the gate that decides for it, which
    /// is the first layer's where one decides for all.
    public func routerParts(layer: Int) -> LearnedParts {
        let gate = layers[layers[layer].gate.kind == .preGated ? 0 : layer].gate
        return gate.parts(recurrence)
    }
}
