/// Mistakes that tests plant into a simulated cluster, to show that chaos finds them.
public enum PlantedBug: String, Sendable, CaseIterable {
    /// A worker that had to drop a connection forgets to say that it has given up the step.
    case lostAcknowledgement
    /// A receiver takes a chunk that it has already taken.
    case doubleDelivery
    /// The coordinator overlooks that a bound has passed.
    case forgottenTimeout
    /// A worker overlooks that its coordinator is gone.
    case deafOrphan
    /// Whoever resumes a run does not ask which faults it has met.
    case forgottenStrikes
    /// A step that the folder refuses is not kept for later.
    case forgottenStep
    /// Workers are not told what becomes of experts.
    case untoldExperts
}
