/// When a step began and ended on the host, all its attempts included.
public struct StepPace: Sendable, Equatable {
    /// The caller's number.
    public var stamp: Int
    public var router: Int
    /// Host nanoseconds of the first attempt.
    public var firstAt: Int64
    /// Of the attempt that ended well.
    public var lastAt: Int64
    public var endedAt: Int64

    public init(stamp: Int, router: Int, firstAt: Int64, lastAt: Int64, endedAt: Int64) {
        self.stamp = stamp
        self.router = router
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.endedAt = endedAt
    }

    /// Of the attempt that ended well.
    public var nanoseconds: Int64 { endedAt - lastAt }
}
