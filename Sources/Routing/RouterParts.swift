import ClusterModel

/// What a router is made of beyond the settings all share: learned weights, and what it must know
/// of tokens and cluster.
///
/// Each router takes its own; what is left out is untrained or default.
public struct RouterParts: Sendable {
    /// W of a dense gate, [n x d]; of `smile` [nodes + n / nodes x d], the node's gate first; of
    /// `rmoe` [n x p].
    public var gate: DenseGate?
    /// Of `ada-k`, [k_max x d].
    public var allocator: DenseGate?
    /// Of `rmoe`, [p x d].
    public var projection: DenseGate?
    /// Of `rmoe`.
    public var recurrence: GatedRecurrentUnit?
    /// How often each token id occurs: what `hash` balances by.
    public var frequencies = TokenFrequencies()
    /// Domains of the tokens: the groups of `rre`, as far as there are experts.
    public var domains = 1
    /// Servers: the first level of `smile`.
    public var nodes = 1
    /// MoE layers that share a decision of `pre-gated`.
    public var layers = 1
    /// k_max of `ada-k`; twice top_k if left out.
    public var choicesMax: Int?
    /// Whether `ada-k` draws k for batches with a label, as its training needs.
    public var drawsChoices = false
    /// c of `expert-choice`, which has its own meaning of a capacity factor.
    public var expertChoiceFactor = ExpertChoiceRouter.defaultFactor
    /// C, the same for every batch and router; from the capacity factor if left out.
    public var capacity: Int?
    /// The factor in front of the softmax of weights from affinities.
    public var softmaxScale = 1.0

    public init() {}
}
