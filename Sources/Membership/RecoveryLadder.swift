// What may be done after a failure, and how often.

/// One thing that may be done after a failure.
public enum RecoveryMeasure: String, Sendable, Equatable, CaseIterable {
    /// The step is abandoned everywhere and redone; broken links are made again.
    case retry
    /// Who failed is started again with its rank; then the step is redone.
    case restart
    /// The others go on without it: its experts move to survivors, its tokens are not offered.
    case exclude
    /// The run ends; what was measured is kept.
    case abort
}

/// A measure and how often it may be taken.
public struct LadderRung: Sendable, Equatable {
    public var measure: RecoveryMeasure
    /// Over the whole run: retries, and ranks started again or left out.
    public var limit: Int

    public init(_ measure: RecoveryMeasure, limit: Int) {
        self.measure = measure
        self.limit = limit
    }
}

/// Measures in the order in which they are tried, and how fast silence is noticed.
public struct RecoveryLadder: Sendable, Equatable {
    /// Behind the last rung stands `abort`.
    public var rungs: [LadderRung]
    /// Host nanoseconds between two pings.
    ///
    /// A worker that answers none for 2.5 of them, and for as long as it may be busy with the
    /// step's bytes, hangs.
    public var heartbeat: Int64

    public init(_ rungs: [LadderRung], heartbeat: Int64 = 500_000_000) {
        self.rungs = rungs
        self.heartbeat = heartbeat
    }

    /// Nothing is tried: any failure ends the run.
    public static let none = RecoveryLadder([])

    /// Whether anything is tried at all.
    public var recovers: Bool { rungs.contains { $0.measure != .abort && $0.limit > 0 } }
}
