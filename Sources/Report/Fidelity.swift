// The verdict on the emulation itself, and the numbers it rests on.

/// How far the emulation can be believed.
public struct Fidelity: Codable, Sendable, Equatable {
    /// "trusted", "suspect", or "simulated" where nothing was measured.
    public var verdict: String
    /// Actual minus modelled delivery of every chunk, and end of every exchange that ended late.
    public var latenessUs: LatenessUs
    /// p99 lateness over the median dispatch time.
    public var latenessShareP99: Double
    /// Busy share of the host's cores while steps ran, 0 to 1.
    public var cpuBusy: Double
    /// The most bytes that any port let in within 10 ms of host time, over what its rate allows
    /// in that time and one chunk: never above 1.
    public var linkRateShareMax: Double?
    /// Why suspect, and what to try; empty when trusted.
    public var advice: String
    /// Chunks, and exchanges of a rank that ended late, whose lateness was recorded.
    public var chunks: Int
    /// Counts of chunks by lateness: upper edge in µs (the last one the maximum) and count.
    public var histogram: [HistogramBin]

    public init(
        verdict: String,
        latenessUs: LatenessUs,
        latenessShareP99: Double,
        cpuBusy: Double,
        advice: String,
        chunks: Int,
        histogram: [HistogramBin],
        linkRateShareMax: Double? = nil
    ) {
        self.linkRateShareMax = linkRateShareMax
        self.verdict = verdict
        self.latenessUs = latenessUs
        self.latenessShareP99 = latenessShareP99
        self.cpuBusy = cpuBusy
        self.advice = advice
        self.chunks = chunks
        self.histogram = histogram
    }
}
