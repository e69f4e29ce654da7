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
    /// No rule: assignments that a router elsewhere has made, replayed from a file.
    case trace

    /// Those with a rule.
    public static let allCases: [RouterName] = [
        .switch, .hash, .locmoe, .locmoePlus, .gshard, .expertChoice, .tcr, .ecr, .rre, .smile,
        .adaK, .rmoe, .preGated,
    ]
}

/// Which half of LocMoE+ truncates an expert's tokens.
public enum SelectionMode: String, Sendable, Codable, CaseIterable {
    /// Token-choice routing: the first C tokens by position.
    case tcr
    /// Expert-choice routing: the best by affinity, up to the score-sum threshold and C.
    case ecr
}

extension RouterName {
    /// The way that belongs to the router, whatever a plan's algorithm: SMILE's two levels have an
    /// exchange each.
    public var ownAlgorithm: ExchangeAlgorithm? { self == .smile ? .biLevel : nil }
}

/// LocMoE+'s mode as a configuration names it: one for the whole run, or whichever suits.
public enum ModeChoice: String, Sendable, Codable, CaseIterable {
    case tcr
    case ecr
    /// From token choice to expert choice and back, decided in each step by all ranks together.
    case adaptive

    /// The mode of the first step.
    public var start: SelectionMode { self == .ecr ? .ecr : .tcr }
}

/// Which tokens count as relevant to an expert, where LocMoE+ adapts and in the records of every
/// router by affinities: those of the class that chooses it most.
public enum RelevanceClass: String, Sendable, Codable, CaseIterable {
    /// A token's class is the expert it chose first.
    case choice
    /// It is the token's domain.
    case domain
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
    public var mode: ModeChoice
    /// The training step from which an adaptive LocMoE+ is in expert choice; `nil`: the corollary's
    /// rule decides.
    public var expertChoiceFrom: Int?
    /// What an adaptive LocMoE+ estimates by.
    public var relevance: RelevanceClass
    public var policy: OverflowPolicy
    /// k_max of Ada-K; `nil`: twice top_k, as far as there are experts.
    public var choicesMax: Int?
    /// c of Expert Choice, the experts a token gets on average.
    public var expertChoiceFactor: Double
    /// What sets C of LocMoE+; `nil`: conventional, and the corollary once an adaptive router has
    /// gone to expert choice.
    public var capacityRule: CapacityRuleName?
    /// Steps between two estimates of C within a mode, at least 1.
    public var capacityPeriod: Int
    /// The file that the router `trace` replays, as the process can open it.
    public var trace: String?

    /// Which tokens share an expert's slots.
    public var capacityScope: CapacityScope

    public init(
        routers: [RouterName],
        baseline: RouterName,
        topK: Int,
        capacityFactor: Double,
        capacityFloor: Int,
        threshold: Double,
        mode: ModeChoice,
        policy: OverflowPolicy,
        expertChoiceFrom: Int? = nil,
        relevance: RelevanceClass = .choice,
        choicesMax: Int? = nil,
        expertChoiceFactor: Double = 2,
        capacityRule: CapacityRuleName? = nil,
        capacityPeriod: Int = 16,
        trace: String? = nil,
        capacityScope: CapacityScope = .source
    ) {
        self.capacityScope = capacityScope
        self.routers = routers
        self.baseline = baseline
        self.topK = topK
        self.capacityFactor = capacityFactor
        self.capacityFloor = capacityFloor
        self.threshold = threshold
        self.mode = mode
        self.expertChoiceFrom = expertChoiceFrom
        self.relevance = relevance
        self.policy = policy
        self.choicesMax = choicesMax
        self.expertChoiceFactor = expertChoiceFactor
        self.capacityRule = capacityRule
        self.capacityPeriod = capacityPeriod
        self.trace = trace
    }
}

extension RoutingSettings {
    /// Pairs that a token brings on average, the most over the routers: what memory is planned by.
    ///
    /// Some routers have a k of their own, whatever top_k says.
    public var pairsPerTokenMax: Int {
        let pairs = routers.map { router in
            switch router {
            case .gshard: 2
            // Nobody has looked into the file yet; traces of two choices are common.
            case .trace: max(2, topK)
            case .expertChoice: Int(expertChoiceFactor.rounded(.up))
            case .adaK: choicesMax ?? 2 * topK
            case .ecr: Int((Double(topK) * capacityFactor).rounded(.up))
            case .switch, .hash, .locmoe, .locmoePlus, .tcr, .rre, .smile, .rmoe, .preGated: topK
            }
        }
        return pairs.max() ?? topK
    }
}
