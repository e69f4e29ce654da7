/// How calmly a standing cluster plays, and how long it may stand.
public struct StandingPace: Sendable, Equatable {
    /// Between the end of a step and the beginning of the next, host nanoseconds.
    public var pause: Int64
    /// From launch to the last step's beginning at the latest, host nanoseconds.
    public var length: Int64
    /// It plays so many steps at most.
    public var steps: Int

    public init(pause: Int64, length: Int64, steps: Int) {
        self.pause = pause
        self.length = length
        self.steps = steps
    }

    /// The most steps that a fault can name.
    public static let stepsMax = 1_000_000

    /// More steps than this pause leaves room for do not fit into the time.
    public static func steps(pause: Int64, length: Int64) -> Int {
        Int(min(Int64(stepsMax), max(1, length / max(1, pause))))
    }
}
