import ClusterModel

/// A rule that gives the tokens of a batch to experts.
///
/// A router is a value made once from settings and a seed: the same batch always gives the same
/// assignment, on any rank. What a rule needs beyond features comes in the batch (token ids,
/// domains, the state of the layer before) or in its construction (weights, maps, sizes).
public protocol Router: Sendable {
    var name: RouterName { get }

    /// Routes one source rank's batch.
    func assign(_ batch: TokenBatch) -> Assignment

    /// Operations of the gate for one token of the emulated hidden size, not of the features'
    /// width: the modelled NPU runs the emulated model.
    func gateFlopsPerToken(hidden: Int) -> Double

    /// The most pairs that are kept of a batch: what a receiver may be told to expect.
    func pairsMax(tokens: Int) -> Int
}
