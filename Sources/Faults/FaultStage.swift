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
        case (.real, .process(.kill)), (.real, .node(.kill)): true
        case (.real, _), (.simulated, _): false
        }
    }
}

extension FaultTrigger {
    /// Whether it names whole steps only: other moments are not played yet.
    public var isOfWholeSteps: Bool {
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
