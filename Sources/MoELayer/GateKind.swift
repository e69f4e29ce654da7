/// How a gate makes probabilities of experts from a token.
public enum GateKind: Hashable, Sendable {
    /// LocMoE+: `softmax(scale · δ)` over GrAP affinities δ; nothing learned, so gradients act on
    /// the token alone.
    ///
    /// Affinities are about 0.1, and their softmax at scale 1 is nearly flat (p 0.06 to 0.1 of
    /// 16 experts): experts whose outputs are multiplied by it hardly learn. Hence a scale, 30
    /// unless set (ours).
    case affinity(scale: Double)
    /// LocMoE: `softmax(max(0, slice mean + noise))`; nothing learned.
    case sliceMeans(noise: Double)
    /// Switch: `softmax(W u)`, W learned.
    case dense
    /// GShard: the same, but the probabilities of a token's choices are divided by their sum
    /// before they weigh outputs (arXiv 2006.16668, Algorithm 1).
    case denseRenormalised
    /// Ada-K: weights as GShard's, over as many choices as an allocator gives a token, 1 to
    /// `choices` (arXiv 2410.10456, section 3).
    case allocated(choices: Int)
    /// SMILE: `softmax(W_inter u)` over nodes times `softmax(W_intra u)` over the experts of a
    /// node, which is the softmax of the sum of both logits (arXiv 2212.05191, section 3.1).
    case twoLevel(nodes: Int)
    /// RMoE: `softmax(W h)`, h a recurrent unit's state of `width` elements, carried from layer to
    /// layer (arXiv 2408.06793, section 3).
    case recurrent(width: Int)
    /// Read-ME: the first layer's dense gate decides, before any layer runs, and its
    /// probabilities are those of all layers (arXiv 2410.19123, section 3).
    case preGated
    /// Hash: the router gives weights, without a gradient.
    case fixed

    /// Whether the gate has parameters.
    public var isLearned: Bool {
        switch self {
        case .dense, .denseRenormalised, .allocated, .twoLevel, .recurrent, .preGated: true
        case .affinity, .sliceMeans, .fixed: false
        }
    }

    /// Whether the probabilities of a token's choices are divided by their sum.
    var isRenormalised: Bool {
        switch self {
        case .denseRenormalised, .allocated: true
        default: false
        }
    }

    /// Rows and columns of W in a layer; no rows where nothing is learned.
    func shape(experts: Int, width: Int, layer: Int) -> (rows: Int, columns: Int) {
        switch self {
        case .dense, .denseRenormalised, .allocated: (experts, width)
        case .twoLevel(let nodes): (nodes + experts / nodes, width)
        case .recurrent(let state): (experts, state)
        case .preGated: (layer == 0 ? experts : 0, width)
        case .affinity, .sliceMeans, .fixed: (0, width)
        }
    }

    /// The scale of LocMoE+'s softmax unless set.
    public static let affinityScale = 30.0
}
