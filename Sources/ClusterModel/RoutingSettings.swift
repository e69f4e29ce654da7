/// The routers this version knows, by their names in a configuration.
public enum RouterName: String, Sendable, Codable, CaseIterable {
    case `switch`
    case hash
    case locmoe
    case locmoePlus = "locmoe+"
    case gshard
    case expertChoice = "expert-choice"
    case tcr
    case ecr
    case rre
    case smile
    case adaK = "ada-k"
    case rmoe
    case preGated = "pre-gated"
}

/// Which half of LocMoE+ truncates an expert's tokens.
public enum SelectionMode: String, Sendable, Codable, CaseIterable {
    /// Token-choice routing: the first C tokens by position.
    case tcr
    /// Expert-choice routing: the best by affinity, up to the score-sum threshold and C.
    case ecr
}

/// What happens to a (token, expert) pair that no capacity was left for.
public enum OverflowPolicy: String, Sendable, Codable, CaseIterable {
    /// The token goes through the residual unchanged, and is counted.
    case drop
    /// The token goes to the best expert that has room.
    case reroute
}

/// How tokens choose experts.
public struct RoutingSettings: Hashable, Sendable {
    public var routers: [RouterName]
    public var baseline: RouterName
    /// Experts a token chooses (k).
    public var topK: Int
    /// cf of `C = ceil(k s / n x cf)`.
    public var capacityFactor: Double
    /// C_min of LocMoE+: an expert with any candidate keeps at least this many.
    public var capacityFloor: Int
    /// τ of LocMoE+, the share of an expert's positive affinity sum it keeps, in (0, 1].
    public var threshold: Double
    public var mode: SelectionMode
    public var policy: OverflowPolicy

    public init(
        routers: [RouterName],
        baseline: RouterName,
        topK: Int,
        capacityFactor: Double,
        capacityFloor: Int,
        threshold: Double,
        mode: SelectionMode,
        policy: OverflowPolicy
    ) {
        self.routers = routers
        self.baseline = baseline
        self.topK = topK
        self.capacityFactor = capacityFactor
        self.capacityFloor = capacityFloor
        self.threshold = threshold
        self.mode = mode
        self.policy = policy
    }
}

extension RoutingSettings {
    /// Pairs that a token brings on average, the most over the routers: what memory is planned by.
    ///
    /// Some routers have a k of their own, whatever top_k says.
    public var pairsPerTokenMax: Int {
        let pairs = routers.map { router in
            switch router {
            case .gshard, .expertChoice: 2
            case .adaK: 2 * topK
            case .ecr: Int((Double(topK) * capacityFactor).rounded(.up))
            case .switch, .hash, .locmoe, .locmoePlus, .tcr, .rre, .smile, .rmoe, .preGated: topK
            }
        }
        return pairs.max() ?? topK
    }
}
