import ClusterModel

/// How gradients become steps, with the state that needs: over the flattened parameters of a part.
public enum Optimizer: Hashable, Sendable {
    case adam(Adam)
    case momentum(MomentumSGD)

    /// Which one, without state.
    public typealias Kind = OptimizerKind

    public var kind: Kind {
        switch self {
        case .adam: .adam
        case .momentum: .momentum
        }
    }

    /// Without a past, for `count` values.
    public init(_ kind: Kind, count: Int) {
        switch kind {
        case .adam: self = .adam(Adam(count: count))
        case .momentum: self = .momentum(MomentumSGD(count: count))
        }
    }

    /// One step along a gradient, [count].
    public mutating func step(
        _ part: inout some Parameterized,
        gradient: [Float],
        rate: Double
    ) {
        switch self {
        case .adam(var adam):
            self = .momentum(MomentumSGD(count: 0))
            adam.step(&part, gradient: gradient, rate: rate)
            self = .adam(adam)
        case .momentum(var momentum):
            self = .adam(Adam(count: 0))
            momentum.step(&part, gradient: gradient, rate: rate)
            self = .momentum(momentum)
        }
    }

    /// Its state for a checkpoint.
    public var state: [[Float]] {
        switch self {
        case .adam(let adam): [adam.first, adam.second]
        case .momentum(let momentum): [momentum.velocity]
        }
    }

    /// Takes a checkpoint's state, after `steps` steps.
    public mutating func restore(_ state: [[Float]], steps: Int) {
        invariant(
            state.map(\.count) == self.state.map(\.count),
            "a state of \(state.map(\.count)) values for one of \(self.state.map(\.count))"
        )
        switch self {
        case .adam(var adam):
            (adam.first, adam.second, adam.steps) = (state[0], state[1], steps)
            self = .adam(adam)
        case .momentum(var momentum):
            momentum.velocity = state[0]
            self = .momentum(momentum)
        }
    }
}
