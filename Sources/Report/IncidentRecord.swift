// One failure that a run went on after, or ended with.

/// A failure, what was done about it, and what it cost; milliseconds are wall-clock.
public struct IncidentRecord: Codable, Sendable, Equatable {
    public var what: String
    /// "retry", "restart", "exclude" or "abort".
    public var measure: String
    /// The rank to blame, left out where nobody is known.
    public var rank: Int?
    /// How much of the measure's limit it took: one try, or so many ranks; left out by older versions.
    public var charge: Int?
    /// Whom the run went on without because of it; left out if nobody.
    public var leftOut: [Int]?
    /// "coordinator" or "rank 5".
    public var discoverer: String
    public var phase: String
    /// Since the launch began.
    public var detectedMs: Double
    /// Since the detection.
    public var decidedMs: Double
    /// Since the detection: the last of those that were started again has joined; who was left out
    /// is back, if it came back.
    public var rejoinedMs: Double?
    /// How long it took who was left out to come back, from its start on: no step ran meanwhile.
    public var rejoinMs: Double?
    /// Since the detection: every connection stands again.
    public var recoveredMs: Double?
    /// Since the detection: the step that failed has ended well.
    public var redoneMs: Double?
    /// Since the detection: the first step begins that is as fast as 95 % of those before, of who
    /// came back the first with it.
    public var backMs: Double?
    public var throughput: IncidentThroughput

    public init(
        what: String,
        measure: String,
        rank: Int?,
        discoverer: String,
        phase: String,
        detectedMs: Double,
        decidedMs: Double,
        rejoinedMs: Double?,
        recoveredMs: Double?,
        redoneMs: Double?,
        backMs: Double?,
        throughput: IncidentThroughput
    ) {
        self.what = what
        self.measure = measure
        self.rank = rank
        self.discoverer = discoverer
        self.phase = phase
        self.detectedMs = detectedMs
        self.decidedMs = decidedMs
        self.rejoinedMs = rejoinedMs
        self.recoveredMs = recoveredMs
        self.redoneMs = redoneMs
        self.backMs = backMs
        self.throughput = throughput
    }
}

/// Steps of the same router a second of wall time.
public struct IncidentThroughput: Codable, Sendable, Equatable {
    /// Median of the steps before; left out where there are none.
    public var before: Double?
    /// Of the step that was hit, all its attempts and what lay between them.
    public var during: Double?
    /// Median of the steps without who was left out, until it came back; left out if it did not.
    public var without: Double?
    /// Median of the steps after it, of who came back of those with it.
    public var after: Double?

    public init(before: Double?, during: Double?, after: Double?) {
        self.before = before
        self.during = during
        self.after = after
    }
}
