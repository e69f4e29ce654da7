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
    /// Hash: the router gives weights, without a gradient.
    case fixed

    /// Whether W is learned.
    public var isLearned: Bool {
        switch self {
        case .dense, .denseRenormalised: true
        case .affinity, .sliceMeans, .fixed: false
        }
    }

    /// The scale of LocMoE+'s softmax unless set.
    public static let affinityScale = 30.0
}
