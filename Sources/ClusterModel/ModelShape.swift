/// The type of an activation on the wire.
public enum ElementType: String, Sendable, Codable, CaseIterable {
    case bf16
    case fp16
    case fp32

    public var bytes: Int {
        switch self {
        case .bf16, .fp16: 2
        case .fp32: 4
        }
    }
}

/// The emulated MoE model.
public struct ModelShape: Hashable, Sendable {
    /// Width of an activation, in elements.
    public var hidden: Int
    /// Inner width of an expert, in elements.
    public var ffn: Int
    /// Experts of one MoE layer, over the whole expert-parallel group.
    public var experts: Int
    /// MoE layers, each with its exchanges.
    public var layers: Int
    public var dtype: ElementType
    /// The share of an NPU's peak that an expert reaches, in (0, 1].
    public var utilisation: Double
    /// Peak of one NPU, in floating-point operations a second.
    public var peakFlops: Double

    public init(
        hidden: Int,
        ffn: Int,
        experts: Int,
        layers: Int,
        dtype: ElementType,
        utilisation: Double,
        peakFlops: Double
    ) {
        self.hidden = hidden
        self.ffn = ffn
        self.experts = experts
        self.layers = layers
        self.dtype = dtype
        self.utilisation = utilisation
        self.peakFlops = peakFlops
    }

    /// Bytes of one token's activation.
    public var tokenBytes: ByteCount { ByteCount(hidden * dtype.bytes) }

    /// Modelled time of an NPU for `flops` floating-point operations.
    public func computeTime(flops: Double) -> Interval {
        Interval(seconds: flops / (peakFlops * utilisation))
    }

    /// Modelled time of an NPU whose experts compute `tokens` tokens (slots, if padded): a
    /// Mixtral expert has three matrices of hidden x ffn, 6 x hidden x ffn operations a token.
    ///
    /// The ranks of a tensor-parallel group share the work: `tp` is their number.
    public func expertTime(tokens: Int, tp: Int = 1) -> Interval {
        computeTime(flops: 6 * Double(hidden) * Double(ffn) * Double(tokens) / Double(tp))
    }
}
