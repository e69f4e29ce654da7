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
        case (.real, .link), (_, .compute), (_, .expert), (_, .partition), (_, .node(.uplinkDown)):
            true
        // What breaks a connection needs a cluster that can mend it.
        case (.simulated, .link(.truncate)): false
        case (.simulated, .link): true
        case (.real, .process), (.real, .coordinator), (.real, .resource): true
        case (.real, .node(.kill)), (.real, .connection): true
        case (.real, _), (.simulated, _): false
        }
    }
}

extension FaultSpec {
    /// Why the players of `stage` cannot do this, `nil` if they can.
    public func obstacle(on stage: FaultStage) -> String? {
        guard kind.isPlayed(on: stage) else { return kind.name }
        switch kind {
        case .link, .partition, .node(.uplinkDown): return nil
        case .compute:
            let isOdd = trigger.span.isTime || trigger.at.map(\.isTime) ?? false
            return isOdd ? "\(kind.name) at or for a time" : nil
        case .process, .connection, .node(.kill), .coordinator, .expert, .resource:
            return unplayedTiming
        }
    }

    /// What strikers cannot do about its beginning and its end, in words; `nil` for nothing.
    ///
    /// They begin at any moment, experts' at steps or their gates; they end with steps, or after a span of the
    /// host's clock where a kind lasts by that.
    private var unplayedTiming: String? {
        let elsewhere = "\(kind.name) at or until anything but the start of a step"
        switch trigger.at {
        case nil, .step(_, nil): break
        case .launch: return kind.traits.onlyAtLaunch ? nil : elsewhere
        // Tokens get their experts at the gate, which is how a step begins: later is too late for it.
        case .step(_, .gate): break
        case .step, .time, .message: if case .expert = kind { return elsewhere }
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

extension FaultMoment {
    fileprivate var isTime: Bool { if case .time = self { true } else { false } }
}

extension FaultSpan {
    fileprivate var isTime: Bool {
        switch self {
        case .time, .until(.time): true
        case .forever, .steps, .until: false
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
