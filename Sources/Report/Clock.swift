// How emulated time relates to wall-clock time in one run.

/// How emulated and wall-clock time relate, and what each figure rests on.
public struct Clock: Codable, Sendable, Equatable {
    public var dilation: Double
    public var reason: String
    public var measured: [String]
    public var modelled: [String]
    public var offTheClock: [String]
    /// Wall-clock ms of all steps, as they took with fast-forward.
    public var wallMs: Double
    /// Wall-clock ms that fast-forward saved.
    public var skippedMs: Double
    /// Wall-clock ms from launch until the mesh stood.
    public var launchMs: Double

    public init(
        dilation: Double,
        reason: String,
        measured: [String],
        modelled: [String],
        offTheClock: [String],
        wallMs: Double,
        skippedMs: Double,
        launchMs: Double
    ) {
        self.dilation = dilation
        self.reason = reason
        self.measured = measured
        self.modelled = modelled
        self.offTheClock = offTheClock
        self.wallMs = wallMs
        self.skippedMs = skippedMs
        self.launchMs = launchMs
    }
}
