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
        case (.real, .link), (_, .compute), (_, .partition), (_, .node(.uplinkDown)): true
        // What breaks a connection needs a cluster that can mend it.
        case (.simulated, .link(let fault)): !fault.breaksConnection
        case (.real, .process(.kill)), (.real, .node(.kill)), (.real, .connection): true
        case (.real, _), (.simulated, _): false
        }
    }
}

extension FaultSpec {
    /// Why the players of `stage` cannot do this, `nil` if they can.
    public func obstacle(on stage: FaultStage) -> String? {
        guard kind.isPlayed(on: stage) else { return kind.name }
        let isTimed = trigger.span.isTime
        switch kind {
        case .link, .partition, .node(.uplinkDown):
            // Only of a step's start is known beforehand when it comes.
            let isLate = trigger.at.map(\.comesWithinStep) ?? false
            return isTimed && isLate ? "\(kind.name) for a time from within a step" : nil
        case .compute:
            let isOdd = isTimed || trigger.at.map(\.isTime) ?? false
            return isOdd ? "\(kind.name) at or for a time" : nil
        case .process, .connection, .node(.kill), .coordinator, .expert, .resource:
            return trigger.isOfWholeSteps
                ? nil : "\(kind.name) at or until anything but the start of a step"
        }
    }
}

extension LinkFault {
    fileprivate var breaksConnection: Bool {
        switch self {
        case .corrupt, .truncate: true
        case .bandwidth, .latency, .down, .flap, .loss, .duplicate, .reorder, .stale: false
        }
    }
}

extension FaultMoment {
    fileprivate var isTime: Bool { if case .time = self { true } else { false } }

    /// Whether it lies within a step, at a point that the ranks come to one by one.
    fileprivate var comesWithinStep: Bool {
        switch self {
        case .launch, .step(_, nil), .time: false
        case .step, .message: true
        }
    }
}

extension FaultSpan {
    fileprivate var isTime: Bool {
        switch self {
        case .time, .until(.time): true
        case .forever, .steps, .until: false
        }
    }
}

extension FaultTrigger {
    /// Whether it names whole steps only.
    fileprivate var isOfWholeSteps: Bool {
        switch at {
        case nil, .step(_, nil): break
        case .step, .time, .message, .launch: return false
        }
        switch span {
        case .forever, .steps, .until(.step(_, nil)): return true
        case .time, .until: return false
        }
    }
}
