/// How well the faults of a plan were found by those who did not know of it.
public struct Detection: Codable, Sendable, Equatable {
    /// Strikes with evidence.
    public var strikes: Int
    /// Of these, found by somebody.
    public var found: Int
    /// Findings that no strike explains.
    public var falseAlarms: Int
    /// `found / (found + falseAlarms)`; `nil` without findings.
    public var precision: Double?
    /// `found / strikes`; `nil` without strikes.
    ///
    /// What costs time and breaks nothing counts from what is clear on: a quarter of computing, a
    /// tenth of what a link's figures say.
    public var recall: Double?

    public init(strikes: Int, found: Int, falseAlarms: Int) {
        self.strikes = strikes
        self.found = found
        self.falseAlarms = falseAlarms
        let findings = found + falseAlarms
        precision = findings > 0 ? Double(found) / Double(findings) : nil
        recall = strikes > 0 ? Double(found) / Double(strikes) : nil
    }
}
