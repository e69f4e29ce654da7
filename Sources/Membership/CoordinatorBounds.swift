import ClusterModel

/// Bounds of the coordinator's waits, in host nanoseconds.
public struct CoordinatorBounds: Sendable, Equatable {
    public var join: Int64
    public var mesh: Int64
    public var prepare: Int64
    /// Of goodbye, after which workers are killed.
    public var leave: Int64
    /// A worker that has said nothing for so long, though pinged or just started, hangs.
    public var silence: Int64
    /// The same while a step is under way, where nobody opens files; at most `silence`.
    public var stepSilence: Int64
    /// Between two pings.
    public var heartbeat: Int64 = 500_000_000

    public init(join: Int64, mesh: Int64, prepare: Int64, leave: Int64, silence: Int64) {
        self.join = join
        self.mesh = mesh
        self.prepare = prepare
        self.leave = leave
        self.silence = silence
        stepSilence = silence
    }

    /// 20 s for the phases, 2 s for goodbye, 5 s of silence.
    public static let standard = CoordinatorBounds(
        join: 20_000_000_000,
        mesh: 20_000_000_000,
        prepare: 20_000_000_000,
        leave: 2_000_000_000,
        silence: 5_000_000_000
    )

    /// The same where something is done about failures: silence of 2.5 pings is noticed before
    /// the third has passed.
    public func watchful(for recovery: RecoveryPolicy) -> CoordinatorBounds {
        guard recovery.recovers else { return self }
        var bounds = self
        bounds.stepSilence = min(silence, heartbeat * 5 / 2)
        return bounds
    }
}
