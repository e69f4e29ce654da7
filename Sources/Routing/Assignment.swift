import ClusterModel

/// What a router decided for one batch: a record for each (token, expert) pair, dropped ones too.
public struct Assignment: Hashable, Sendable {
    /// Why an expert did not keep a pair.
    public enum Reason: String, Sendable, CaseIterable {
        /// It was kept.
        case none = ""
        /// The expert's capacity C was used up.
        case capacity
        /// It stood behind the prefix that reaches the share τ of the expert's affinity sum.
        case threshold
        /// A fault of the plan has taken the expert away.
        case lost
    }

    /// One choice of a token.
    public struct Pair: Hashable, Sendable {
        /// Index of the token in its batch.
        public var token: Int
        public var expert: ExpertIndex
        /// What the router ranked by: the affinity δ of LocMoE+, a probability elsewhere.
        public var score: Double
        /// What the expert's output is multiplied by when it is combined.
        public var weight: Double
        /// Slot in the expert's buffer for this source rank, or -1 when dropped.
        public var position: Int
        public var reason: Reason

        public var isKept: Bool { position >= 0 }

        /// A pair that is offered and not yet decided.
        public init(token: Int, expert: Int, score: Double, weight: Double) {
            self.token = token
            self.expert = ExpertIndex(expert)
            self.score = score
            self.weight = weight
            self.position = -1
            self.reason = .none
        }
    }

    /// In token order; the k pairs of a token stand best first.
    public let pairs: [Pair]
    /// C, the slots an expert has for this source rank.
    public let capacity: Int
    /// Pairs that went to another expert than the one chosen first, all of them kept.
    public let rerouted: Int
    /// Indices into `pairs`, for each expert, in order of position.
    private let keptPairs: [[Int]]

    /// Checks that every pair is decided and that positions fill each buffer from 0 without holes.
    public init(pairs: [Pair], experts: Int, capacity: Int, rerouted: Int = 0) {
        self.pairs = pairs
        self.capacity = capacity
        self.rerouted = rerouted
        self.keptPairs = Self.buffers(of: pairs, experts: experts)
        for (expert, buffer) in keptPairs.enumerated() {
            invariant(
                buffer.count <= capacity,
                "expert \(expert) keeps \(buffer.count) tokens, its capacity is \(capacity)"
            )
        }
    }

    /// Pairs the tokens asked for: s x k.
    public var offered: Int { pairs.count }
    public var kept: Int { keptPairs.reduce(0) { $0 + $1.count } }
    public var dropped: Int { offered - kept }
    public var experts: Int { keptPairs.count }

    /// Tokens each expert keeps, [experts].
    public var countPerExpert: [Int] { keptPairs.map(\.count) }

    /// Pairs that chose each expert, kept or not, [experts].
    public var chosenPerExpert: [Int] {
        var counts = [Int](repeating: 0, count: experts)
        for pair in pairs { counts[pair.expert.index] += 1 }
        return counts
    }

    /// Pairs dropped for `reason`.
    public func dropped(for reason: Reason) -> Int {
        pairs.count { !$0.isKept && $0.reason == reason }
    }

    /// The tokens an expert keeps, in order of position.
    public func slots(of expert: ExpertIndex) -> [Int] {
        keptPairs[expert.index].map { pairs[$0].token }
    }

    /// The pairs an expert keeps, in order of position: `slots` with scores and weights.
    public func pairs(of expert: ExpertIndex) -> [Pair] {
        keptPairs[expert.index].map { pairs[$0] }
    }

    private static func buffers(of pairs: [Pair], experts: Int) -> [[Int]] {
        var counts = [Int](repeating: 0, count: experts)
        for pair in pairs where pair.isKept { counts[pair.expert.index] += 1 }
        var buffers = counts.map { [Int](repeating: -1, count: $0) }
        for (index, pair) in pairs.enumerated() {
            invariant(
                pair.isKept == (pair.reason == .none),
                "token \(pair.token) is at position \(pair.position) for reason '\(pair.reason)'"
            )
            guard pair.isKept else { continue }
            let expert = pair.expert.index
            invariant(
                pair.position < counts[expert] && buffers[expert][pair.position] < 0,
                "position \(pair.position) of expert \(expert) is taken twice or beyond its count"
            )
            buffers[expert][pair.position] = index
        }
        return buffers
    }
}
