import ClusterModel

/// What the coordinator does next.
public enum CoordinatorAction: Sendable, Equatable {
    case wait
    /// All workers have joined: send each the plan.
    case sendPlan
    /// The step is abandoned everywhere and everybody is there: make the mesh whole again.
    case mend
    /// The mesh stands.
    case meshReady
    /// Every rank has prepared: make the programs of the step.
    case compile(serial: Int)
    /// Every rank has its program: appoint the step.
    case appoint(serial: Int)
    /// Every rank has ended the step: let them check.
    case check(serial: Int)
    /// Every rank has checked the step.
    case stepDone(serial: Int)
    /// Nobody moves any more: ask everybody at once, with the ping of this number, what it waits for.
    case ask(ping: Int)
    /// Nobody moves though all connections stand: let everybody ask its peers for what it misses of
    /// stages up to the earliest that anybody waits for.
    case askForMissing(upTo: Int)
    /// Every worker has said goodbye or is gone.
    case allGone
    case fail(RunFailure)
}
