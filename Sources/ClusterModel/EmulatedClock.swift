/// The mapping between the host's monotonic clock and the emulated time of one step.
///
/// `emulated = (host - origin) / dilation + skipped`. Every machine asks this clock and none asks
/// the host; `skipped` grows when all ranks agree to jump over a modelled wait.
public struct EmulatedClock: Sendable, Equatable {
    /// Host nanoseconds at which the step starts.
    public let origin: Int64
    /// Host time over emulated time, above 0.
    public let dilation: Double
    /// Emulated time by which this step runs ahead of the host's clock.
    public private(set) var skipped = Interval.zero

    public init(origin: Int64, dilation: Double) {
        invariant(dilation > 0, "a dilation of \(dilation): it must be positive")
        self.origin = origin
        self.dilation = dilation
    }

    /// The emulated instant at a host instant, negative before the step's start.
    public func instant(atHost nanoseconds: Int64) -> Instant {
        // Down, not towards zero: before the start a step would else be there too early.
        let elapsed = (Double(nanoseconds - origin) * 1000 / dilation).rounded(.down)
        return Instant(picoseconds: Int64(elapsed)) + skipped
    }

    /// The first host instant at which `instant(atHost:)` is not before `instant`.
    public func host(of instant: Instant) -> Int64 {
        let elapsed = Double((instant - skipped).picoseconds) * dilation / 1000
        var host = origin + Int64(elapsed.rounded(.up))
        // Rounding there and back may miss by a nanosecond, either way.
        while self.instant(atHost: host) < instant { host += 1 }
        while self.instant(atHost: host - 1) >= instant { host -= 1 }
        return host
    }

    /// The emulated length of a host duration.
    public func emulated(hostNanoseconds: Int64) -> Interval {
        Interval(picoseconds: Int64(Double(hostNanoseconds) * 1000 / dilation))
    }

    /// Runs ahead by `skipped` in all; the clock never goes back.
    public mutating func jump(toSkipped skipped: Interval) {
        self.skipped = max(self.skipped, skipped)
    }
}
