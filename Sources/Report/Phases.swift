// Where the slowest rank spent its step.

/// Emulated µs of the slowest rank's phases in the step of median time (of an even number of
/// steps, the mean of the two in the middle): they add up to the p50 of the step time, which
/// medians of each phase would not.
public struct Phases: Codable, Sendable, Equatable {
    public var gate: Double
    public var dispatch: Double
    public var expert: Double
    /// Transfer of its own tokens on their way back, after the experts were done.
    public var combine: Double
    /// Time in which it waited for other ranks' experts, and nothing of its own could travel.
    public var wait: Double
    /// Sums of gradients over ranks; nil where nothing is trained.
    public var sum: Double?

    public init(
        gate: Double,
        dispatch: Double,
        expert: Double,
        combine: Double,
        wait: Double,
        sum: Double? = nil
    ) {
        self.sum = sum
        self.gate = gate
        self.dispatch = dispatch
        self.expert = expert
        self.combine = combine
        self.wait = wait
    }

    /// Each phase of one and the other together.
    public static func + (a: Phases, b: Phases) -> Phases {
        Phases(
            gate: a.gate + b.gate,
            dispatch: a.dispatch + b.dispatch,
            expert: a.expert + b.expert,
            combine: a.combine + b.combine,
            wait: a.wait + b.wait,
            sum: a.sum == nil && b.sum == nil ? nil : (a.sum ?? 0) + (b.sum ?? 0)
        )
    }
}
