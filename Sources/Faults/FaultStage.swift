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
        case (_, .compute), (_, .expert): true
        case (.real, .process), (.real, .coordinator), (.real, .resource): true
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
    /// What players cannot do about its beginning and its end, in words; `nil` for nothing.
    ///
    /// They know the launch, whole steps, and spans of the host's clock where a kind lasts by
    /// that. Other moments are not played yet.
    public var unplayedTiming: String? {
        let elsewhere = "\(kind.name) at or until anything but the start of a step"
        switch trigger.at {
        case nil, .step(_, nil): break
        case .launch: return kind.traits.onlyAtLaunch ? nil : elsewhere
        case .step, .time, .message: return elsewhere
        }
        if case .time = trigger.span { return kind.lastsInHostTime ? nil : elsewhere }
        // Nobody else lets it go on, and no step begins meanwhile.
        if kind == .coordinator(.pause) { return "\(kind.name) without a time in \"for\"" }
        switch trigger.span {
        case .forever, .steps, .until(.step(_, nil)), .time: return nil
        case .until: return elsewhere
        }
    }
}
