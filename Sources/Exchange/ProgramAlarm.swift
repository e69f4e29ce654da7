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

/// Alarms of a program that have not gone off.
struct PendingAlarms: Sendable {
    private var alarms: [ProgramAlarm]
    /// Strikes whose point has come, and nobody knows yet.
    private var due: [Int] = []

    init(_ alarms: [ProgramAlarm]) { self.alarms = alarms }

    var isEmpty: Bool { alarms.isEmpty && due.isEmpty }

    /// The earliest instant that is waited for.
    var next: Instant? {
        alarms.compactMap { alarm in
            if case .instant(let instant) = alarm.point { instant } else { nil }
        }
        .min()
    }

    mutating func began(_ stage: Int) { goOff { $0.point == .stage(stage) } }

    /// Strikes whose point has come by `now`, each once.
    mutating func take(at now: Instant) -> [Int] {
        goOff {
            if case .instant(let instant) = $0.point { instant <= now } else { false }
        }
        defer { due = [] }
        return due
    }

    private mutating func goOff(where isDue: (ProgramAlarm) -> Bool) {
        due += alarms.filter(isDue).map(\.strike)
        alarms.removeAll(where: isDue)
    }
}
