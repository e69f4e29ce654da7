import ClusterModel

/// The tokens one source rank routes in one step: what every router takes.
///
/// Routers see one rank's batch at a time; capacities are per source rank.
public struct TokenBatch: Hashable, Sendable {
    /// d, the elements of one token's feature vector.
    public let width: Int
    /// Features, [count x width], row after row.
    public let features: [Float]
    /// Vocabulary ids, [count], or empty where nobody knows them (`hash` and `rre` ask).
    public let tokenIDs: [UInt32]
    /// Domains, [count], or empty (`rre` asks).
    public let domains: [UInt8]
    /// What the router of the layer before left for each token, [count x p], or empty in the
    /// first layer (`rmoe` asks).
    public let routerState: [Float]
    /// Which batch of the run this is: draws of `gshard` depend on it and on the seed.
    public let label: UInt64

    /// Stops the process when the shapes do not fit each other: files are checked by TokenData.
    public init(
        width: Int,
        features: [Float],
        tokenIDs: [UInt32] = [],
        domains: [UInt8] = [],
        routerState: [Float] = [],
        label: UInt64 = 0
    ) {
        invariant(width > 0, "a batch of width \(width): features need at least one element")
        invariant(
            features.count % width == 0,
            "\(features.count) features are not rows of \(width)"
        )
        let count = features.count / width
        invariant(
            tokenIDs.isEmpty || tokenIDs.count == count,
            "\(tokenIDs.count) token ids for \(count) tokens"
        )
        invariant(
            domains.isEmpty || domains.count == count,
            "\(domains.count) domains for \(count) tokens"
        )
        invariant(
            count > 0 ? routerState.count.isMultiple(of: count) : routerState.isEmpty,
            "\(routerState.count) values of router state for \(count) tokens"
        )
        self.width = width
        self.features = features
        self.tokenIDs = tokenIDs
        self.domains = domains
        self.routerState = routerState
        self.label = label
    }

    /// s, the tokens of the batch.
    public var count: Int { features.count / width }

    /// The feature vector of one token, [width].
    public func row(_ token: Int) -> ArraySlice<Float> {
        features[token * width..<(token + 1) * width]
    }
}
