/// How an all-reduce goes.
public enum AllReduceAlgorithm: String, Sendable, Codable, CaseIterable {
    /// Reduce-scatter inside nodes, then among NPUs of the same index of all nodes, and both ways
    /// back: 1/G of the values cross the slow links.
    case hierarchical
    /// Around the ring of ranks, 2(n-1) rounds of 1/n of the values.
    case ring
}
