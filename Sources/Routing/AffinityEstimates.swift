import ClusterModel

/// p, q and δ of a step as its record has them: of every router by affinities, by one definition of
/// what is relevant, the one that `routing.relevance` names.
public struct AffinityEstimates: Sendable {
    private let pooling: GroupedAveragePooling
    private let classes: TokenClasses
    private let topK: Int

    private static let haveAffinities: Set<RouterName> = [.locmoe, .locmoePlus, .tcr, .ecr]

    /// Nil for routers without affinities.
    ///
    /// - Parameters:
    ///   - router: whose record it is.
    ///   - experts: n.
    ///   - width: d of the features that it decides on.
    ///   - classes: what makes a token relevant.
    ///   - topK: k, the experts a token chooses.
    public init?(
        _ router: RouterName,
        experts: Int,
        width: Int,
        classes: TokenClasses,
        topK: Int
    ) {
        guard Self.haveAffinities.contains(router),
            let pooling = GroupedAveragePooling(experts: experts, width: width)
        else { return nil }
        self.pooling = pooling
        self.classes = classes
        self.topK = topK
    }

    /// Over the batches of all ranks; nil without any.
    public func resonance(of batches: some Sequence<TokenBatch>) -> Resonance? {
        var all: ResonanceCounts?
        for batch in batches {
            let counts = classes.counts(of: batch, pooling, topK: topK)
            if all == nil { all = counts } else { all?.add(counts) }
        }
        return all?.resonance
    }
}
