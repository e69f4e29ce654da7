// What became of a run and its tokens.

/// What became of a run that something happened to.
public struct Survival: Codable, Sendable, Equatable {
    /// "unhurt" where nothing happened, else "L0" to "L5", "F" or "U".
    public var verdict: String
    public var reasons: [String]
    public var tokensLost: Int
    public var tokensDuplicated: Int
    /// Tokens of ranks that were left out, not offered in the steps after.
    public var tokensDroppedByPolicy: Int
    public var incidents: [IncidentRecord]

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
}
