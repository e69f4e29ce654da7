/// What a fault has a worker do to its own connections.
public enum ConnectionHurt: String, Sendable, CaseIterable {
    /// They are reset.
    case reset
    /// What is sent over them goes nowhere.
    case swallow
    /// They are closed, and new ones refused.
    case refuse
    /// They are closed, and new ones accepted and never answered.
    case hang
}
