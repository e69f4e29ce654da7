/// The losses on a router's gate in a training step, means over ranks and layers, each without its
/// factor (`training.alpha`, `training.mu`); nil for those that its router is not taught by.
public struct RouterLossRecord: Codable, Sendable, Equatable {
    /// `n Σ f P`, 1 when balanced (SMILE: 2, the sum of its levels).
    public var auxiliary: Double?
    /// `KL(D_c || D_l)` in nats, 0 when tokens go where the local distribution has them.
    public var locality: Double?
    /// Ada-K's policy loss.
    public var allocation: Double?
    /// The mean number of choices that Ada-K's allocator expects.
    public var choices: Double?

    public init(
        auxiliary: Double? = nil,
        locality: Double? = nil,
        allocation: Double? = nil,
        choices: Double? = nil
    ) {
        self.auxiliary = auxiliary
        self.locality = locality
        self.allocation = allocation
        self.choices = choices
    }

    /// Whether its router is taught by none of them.
    public var isEmpty: Bool { self == RouterLossRecord() }
}
