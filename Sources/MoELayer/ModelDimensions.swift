/// The shape of the language model, and what stands where the experts do.
public struct ModelDimensions: Hashable, Sendable {
    /// What an MoE layer is, or what stands in its place.
    public enum Mixture: Hashable, Sendable {
        /// Experts behind a gate.
        case experts(GateKind)
        /// A control: one feed-forward network of an expert's size for every token.
        case dense
        /// A control: nothing.
        case none
    }

    /// d.
    public var width: Int
    /// Classes of tokens.
    public var vocabulary: Int
    public var sequenceLength: Int
    /// Tokens the convolution looks at, the own one among them.
    public var taps: Int
    /// n, experts of one MoE layer.
    public var experts: Int
    /// MoE layers.
    public var layers: Int
    public var mixture: Mixture

    public init(
        width: Int = 128,
        vocabulary: Int = 2048,
        sequenceLength: Int = 256,
        taps: Int = 8,
        experts: Int = 16,
        layers: Int = 1,
        mixture: Mixture
    ) {
        self.width = width
        self.vocabulary = vocabulary
        self.sequenceLength = sequenceLength
        self.taps = taps
        self.experts = experts
        self.layers = layers
        self.mixture = mixture
    }

    /// The inner width of an expert, 2d.
    public var innerWidth: Int { 2 * width }
}
