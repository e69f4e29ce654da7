/// Which tokens a rank reads.
public enum Sharding: String, Sendable, Codable, CaseIterable {
    /// Every rank draws from all domains.
    case iid
    /// Each node reads its own domains.
    case domain
}

/// The tokens of a run and its length.
public struct Workload: Hashable, Sendable {
    /// A folder with features.npy, token_ids.npy and domains.npy, as the process can open it.
    public var tokens: String
    public var tokensPerNPU: Int
    public var sharding: Sharding
    /// Measured steps, after the warm-up.
    public var steps: Int
    public var warmup: Int
    public var seed: UInt64

    public init(
        tokens: String,
        tokensPerNPU: Int,
        sharding: Sharding,
        steps: Int,
        warmup: Int,
        seed: UInt64
    ) {
        self.tokens = tokens
        self.tokensPerNPU = tokensPerNPU
        self.sharding = sharding
        self.steps = steps
        self.warmup = warmup
        self.seed = seed
    }
}
