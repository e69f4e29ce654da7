// The theory of capacity as figures: what `moecluster theory` prints, writes and draws.

/// Bounds and chances for every combination that was asked for.
public struct Theory: Hashable, Sendable, Encodable {
    public var bound: [BoundRow]
    public var success: [SuccessRow]

    public init(bound: [BoundRow], success: [SuccessRow]) {
        self.bound = bound
        self.success = success
    }

    /// The lower bound on an expert's capacity, in three forms.
    public struct BoundRow: Hashable, Sendable, Encodable {
        /// n.
        public var experts: Int
        /// d.
        public var hidden: Int
        /// δ.
        public var affinity: Double
        /// p_δ; its logarithm stands beside it, for it underflows.
        public var tail: Double
        public var logTail: Double
        /// `1 / (n p_δ)`, and the two approximations; infinite beyond the range of a Double.
        public var exact: Double
        public var erfc: Double
        public var exp: Double
        /// Their logarithms.
        public var logExact: Double
        public var logErfc: Double
        public var logExp: Double

        public init(
            experts: Int,
            hidden: Int,
            affinity: Double,
            tail: (value: Double, log: Double),
            exact: (value: Double, log: Double),
            erfc: (value: Double, log: Double),
            exp: (value: Double, log: Double)
        ) {
            self.experts = experts
            self.hidden = hidden
            self.affinity = affinity
            (self.tail, logTail) = tail
            (self.exact, logExact) = exact
            (self.erfc, logErfc) = erfc
            (self.exp, logExp) = exp
        }
    }

    /// Chances that a relevant token is computed by its expert.
    public struct SuccessRow: Hashable, Sendable, Encodable {
        /// n.
        public var experts: Int
        /// s.
        public var tokens: Int
        /// C.
        public var capacity: Int
        /// P(TCR) for each p, the same for all experts.
        public var tokenChoice: [Chance]
        /// P(ECR) for each q, the same for all experts.
        public var expertChoice: [Chance]

        public init(
            experts: Int,
            tokens: Int,
            capacity: Int,
            tokenChoice: [Chance],
            expertChoice: [Chance]
        ) {
            self.experts = experts
            self.tokens = tokens
            self.capacity = capacity
            self.tokenChoice = tokenChoice
            self.expertChoice = expertChoice
        }
    }

    /// A share p or q, and the chance that goes with it.
    public struct Chance: Hashable, Sendable, Encodable {
        public var share: Double
        public var success: Double

        public init(share: Double, success: Double) {
            self.share = share
            self.success = success
        }
    }
}
