// Lower bounds of an exchange, to stand beside each measured time.

/// Lower bounds of an exchange's time.
public struct BoundsUs: Codable, Sendable, Equatable {
    /// LB2: two tiers, each rank sends its own bytes.
    public var direct: Double
    /// LB3: bytes may be relayed through node mates.
    public var relayed: Double

    public init(direct: Double, relayed: Double) {
        self.direct = direct
        self.relayed = relayed
    }
}
