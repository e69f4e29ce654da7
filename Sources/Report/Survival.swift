// What became of a run and its tokens.

/// What became of a run that something happened to.
public struct Survival: Codable, Sendable, Equatable {
    /// "unhurt" where nothing happened, else "L0" to "L5", "F" or "U".
    public var verdict: String
    public var reasons: [String]
    /// Token-expert pairs that were followed there and back, once and whole by each rank that has the
    /// token, so by all of a tensor-parallel group; `nil` in virtual time, where nothing moves.
    public var tokensDelivered: Int?
    public var tokensLost: Int
    public var tokensDuplicated: Int
    /// Tokens of ranks that were left out, not offered in the steps after, and choices of tokens
    /// that faults of experts have cost.
    public var tokensDroppedByPolicy: Int
    /// Whether the final parameters and assignments are those of the same plan without faults, bit
    /// for bit; `nil` if not compared.
    public var stateIsEqual: Bool?
    /// What was compared, where it differs, or why nothing was compared.
    public var stateNote: String?
    /// Chunks that came with wrong bytes and were sent again, each time counted, and their payload,
    /// which is no part of any other figure.
    public var chunksResent = 0
    public var bytesResent = 0
    public var incidents: [IncidentRecord]
    /// Of a run with faults in its plan.
    public var detection: Detection?

    public init(
        verdict: String,
        reasons: [String] = [],
        tokensLost: Int,
        tokensDuplicated: Int,
        tokensDroppedByPolicy: Int = 0,
        incidents: [IncidentRecord] = []
    ) {
        self.verdict = verdict
        self.reasons = reasons
        self.tokensLost = tokensLost
        self.tokensDuplicated = tokensDuplicated
        self.tokensDroppedByPolicy = tokensDroppedByPolicy
        self.incidents = incidents
    }

    /// Verdicts from the gentlest to the hardest.
    private static let order = ["unhurt", "L0", "L1", "L2", "L3", "L4", "L5", "U", "F"]

    /// Adds what had become of the run before it was gone on with: the harder verdict holds.
    public mutating func join(_ earlier: Survival) {
        func rank(_ survival: Survival) -> Int {
            Self.order.firstIndex(of: survival.verdict) ?? Self.order.count
        }
        if rank(earlier) > rank(self) { (verdict, reasons) = (earlier.verdict, earlier.reasons) }
        incidents = earlier.incidents + incidents
        chunksResent += earlier.chunksResent
        bytesResent += earlier.bytesResent
    }
}
