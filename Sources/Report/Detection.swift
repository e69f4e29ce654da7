/// How well the faults of a plan were found by those who did not know of it.
public struct Detection: Codable, Sendable, Equatable {
    /// Strikes with evidence.
    public var strikes: Int
    /// Of these, found by somebody.
    public var found: Int
    /// Findings that no strike explains.
    public var falseAlarms: Int
    /// `found / (found + falseAlarms)`; 1 without findings.
    public var precision: Double
    /// `found / strikes`; 1 without strikes.
    ///
    /// What costs time and breaks nothing counts from what is clear on: a quarter of computing, a
    /// tenth of what a link's figures say.
    public var recall: Double

    public init(strikes: Int, found: Int, falseAlarms: Int, precision: Double, recall: Double) {
        self.strikes = strikes
        self.found = found
        self.falseAlarms = falseAlarms
        self.precision = precision
        self.recall = recall
    }
}
