import ClusterModel

/// By which algorithm a step's exchanges go, and why.
public struct AlgorithmChoice: Sendable, Hashable, Codable {
    public var algorithm: ExchangeAlgorithm
    public var reason: String

    public init(_ algorithm: ExchangeAlgorithm, reason: String) {
        self.algorithm = algorithm
        self.reason = reason
    }
}
