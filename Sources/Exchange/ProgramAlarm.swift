import ClusterModel

/// A point of a rank's program at which it says that it has come there: what a fault waits for.
public struct ProgramAlarm: Sendable, Hashable {
    public enum Point: Sendable, Hashable {
        /// The stage of this number begins.
        case stage(Int)
        /// The step's clock shows this.
        case instant(Instant)
    }

    /// The number of the strike that waits for it.
    public var strike: Int
    public var point: Point

    public init(strike: Int, point: Point) {
        self.strike = strike
        self.point = point
    }
}

/// The point of an alarm has come.
public struct ReachedPoint: Sendable, Hashable {
    /// The number of the strike that waits for it.
    public var strike: Int
    /// When it came, on the step's clock.
    public var at: Instant

    public init(strike: Int, at: Instant) {
        self.strike = strike
        self.at = at
    }
}

/// Alarms of a program that have not gone off.
struct PendingAlarms: Sendable {
    private var alarms: [ProgramAlarm]
    /// Points that have come, and nobody knows yet.
    private var due: [ReachedPoint] = []

    init(_ alarms: [ProgramAlarm]) { self.alarms = alarms }

    var isEmpty: Bool { alarms.isEmpty && due.isEmpty }

    /// The earliest instant that is waited for.
    var next: Instant? {
        alarms.compactMap { alarm in
            if case .instant(let instant) = alarm.point { instant } else { nil }
        }
        .min()
    }

    /// A stage has begun at `start`.
    mutating func began(_ stage: Int, at start: Instant) {
        goOff { $0 == .stage(stage) ? start : nil }
    }

    /// Points that have come by `now`, each once.
    mutating func take(at now: Instant) -> [ReachedPoint] {
        goOff {
            guard case .instant(let instant) = $0, instant <= now else { return nil }
            return instant
        }
        defer { due = [] }
        return due
    }

    /// `whenDue`: the instant at which a point has come, `nil` of one that has not.
    private mutating func goOff(_ whenDue: (ProgramAlarm.Point) -> Instant?) {
        alarms.removeAll { alarm in
            guard let at = whenDue(alarm.point) else { return false }
            due.append(ReachedPoint(strike: alarm.strike, at: at))
            return true
        }
    }
}
