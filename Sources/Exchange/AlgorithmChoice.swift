import ClusterModel

/// By which algorithm a step's exchanges go, and why.
public struct AlgorithmChoice: Sendable, Hashable, Codable {
    public var algorithm: ExchangeAlgorithm
    public var reason: String

    public init(_ algorithm: ExchangeAlgorithm, reason: String) {
        self.algorithm = algorithm
        self.reason = reason
    }

    /// The algorithm that belongs to a router; nil for those that go by any.
    public init?(ownOf router: RouterName) {
        guard let algorithm = router.ownAlgorithm else { return nil }
        self.init(algorithm, reason: "the levels of \(router.rawValue) have an exchange each")
    }
}
