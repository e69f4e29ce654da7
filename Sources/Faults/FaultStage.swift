/// Where a schedule is played.
public enum FaultStage: String, Sendable, CaseIterable {
    /// Worker processes and sockets.
    case real
    /// Virtual time, in one process.
    case simulated
}

extension FaultKind {
    /// Whether the players of `stage` can do this: the one place that says so.
    ///
    /// A plan with a fault that is not played is refused before anything starts.
    public func isPlayed(on stage: FaultStage) -> Bool {
        switch (stage, self) {
        case (_, .compute): true
        case (.real, .process): true
        case (.real, .node(.kill)): true
        case (.real, _), (.simulated, _): false
        }
    }
}

extension FaultKind {
    /// Whether `for` with a time is one of the host's clock: what a stop of a process costs in
    /// emulated time is found by playing it.
    public var lastsInHostTime: Bool {
        switch self {
        case .process(.pause), .coordinator(.pause): true
        default: false
        }
    }
}

extension FaultSpec {
    /// Whether it begins and ends with what players know.
    ///
    /// That is the launch, whole steps, and spans of the host's clock where it lasts by that.
    /// Other moments are not played yet.
    public var isTimedForPlayers: Bool {
        switch trigger.at {
        case nil, .step(_, nil): break
        case .launch: return kind.traits.onlyAtLaunch
        case .step, .time, .message: return false
        }
        switch trigger.span {
        case .forever, .steps, .until(.step(_, nil)): return true
        case .time: return kind.lastsInHostTime
        case .until: return false
        }
    }
}
