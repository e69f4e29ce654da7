/// Linear warm-up to a peak, then linear decay to zero at the end.
public struct LearningRateSchedule: Hashable, Sendable {
    public var peak: Double
    /// Steps until the peak.
    public var warmup: Int
    /// Steps of the whole training.
    public var steps: Int

    /// Ours: the first tenth of the steps, at most 50, warms up.
    public init(peak: Double = 3e-3, steps: Int) {
        self.init(peak: peak, warmup: min(50, steps / 10), steps: steps)
    }

    public init(peak: Double, warmup: Int, steps: Int) {
        self.peak = peak
        self.warmup = warmup
        self.steps = steps
    }

    /// The rate of a step, counted from 0.
    public func rate(step: Int) -> Double {
        let rise = warmup > 0 ? Double(step + 1) / Double(warmup) : 1
        let fall = Double(steps - step) / Double(max(1, steps - warmup))
        return peak * max(0, min(1, rise, fall))
    }
}
