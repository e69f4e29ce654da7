import ClusterModel

/// One strike of a fault, with nothing left to chance: what a player plays.
public struct FaultEvent: Hashable, Sendable {
    /// Its number in the run, from 0.
    public var id: Int
    /// The place of its fault in the plan.
    public var spec: Int
    public var kind: FaultKind
    /// Never random.
    public var target: FaultTarget
    public var moment: FaultMoment
    /// When it heals: never, after a time, or at a moment; steps are resolved to a moment.
    public var span: FaultSpan
    /// For what the kind draws while it lasts (jitter, which chunks of a ratio).
    public var seed: UInt64

    /// The step of which it is known beforehand that it begins there.
    public var step: Int? {
        if case .step(let step, _) = moment { step } else { nil }
    }
}
