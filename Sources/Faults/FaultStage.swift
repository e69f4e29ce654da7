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
        case (.real, _), (.simulated, _): false
        }
    }
}
