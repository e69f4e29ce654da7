// What became of the tokens of a run.

/// What became of the tokens.
public struct Survival: Codable, Sendable, Equatable {
    /// "unhurt" without faults.
    public var verdict: String
    public var tokensLost: Int
    public var tokensDuplicated: Int

    public init(verdict: String, tokensLost: Int, tokensDuplicated: Int) {
        self.verdict = verdict
        self.tokensLost = tokensLost
        self.tokensDuplicated = tokensDuplicated
    }
}
