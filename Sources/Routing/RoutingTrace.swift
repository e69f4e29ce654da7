import ClusterModel

/// Assignments that a router elsewhere has made: of each step a batch for each source rank.
public struct RoutingTrace: Hashable, Sendable {
    /// What one source rank's tokens chose in one step.
    public struct Batch: Hashable, Sendable {
        /// Of one token: an expert, and whether it kept the token.
        public struct Choice: Hashable, Sendable {
            public var expert: Int
            public var isKept: Bool

            public init(expert: Int, isKept: Bool = true) {
                self.expert = expert
                self.isKept = isKept
            }
        }

        /// [tokens], best choice first.
        public var choices: [[Choice]]
        /// C, at least what any expert keeps; what it keeps at most where nobody says.
        public var capacity: Int

        /// - Parameters:
        ///   - choices: of each token.
        ///   - capacity: C where it is known; the busiest expert's tokens else.
        public init(choices: [[Choice]], capacity: Int? = nil) {
            self.choices = choices
            var kept: [Int: Int] = [:]
            for choice in choices.joined() where choice.isKept {
                kept[choice.expert, default: 0] += 1
            }
            self.capacity = max(capacity ?? 0, kept.values.max() ?? 0)
        }

        /// Pairs that were kept.
        public var kept: Int { choices.joined().count { $0.isKept } }
    }

    /// [steps], by source rank; every step has every source rank.
    public var steps: [[Int: Batch]]
    /// n of the plan it was read for.
    public var experts: Int

    public init(steps: [[Int: Batch]], experts: Int) {
        self.steps = steps
        self.experts = experts
    }
}

extension RoutingTrace.Batch {
    /// What `assignment` says of a batch of `tokens` tokens.
    public init(_ assignment: Assignment, tokens: Int) {
        var choices = [[Choice]](repeating: [], count: tokens)
        for pair in assignment.pairs {
            choices[pair.token].append(Choice(expert: pair.expert.index, isKept: pair.isKept))
        }
        self.init(choices: choices, capacity: assignment.capacity)
    }

    /// The batch as a router's decision: positions in token order, weights shared out evenly.
    func assignment(experts: Int) -> Assignment {
        var filled = [Int](repeating: 0, count: experts)
        var pairs: [Assignment.Pair] = []
        for (token, choices) in choices.enumerated() {
            for choice in choices {
                var pair = Assignment.Pair(
                    token: token,
                    expert: choice.expert,
                    score: 1,
                    weight: 1 / Double(choices.count)
                )
                if choice.isKept {
                    pair.position = filled[choice.expert]
                    filled[choice.expert] += 1
                } else {
                    pair.reason = .capacity
                }
                pairs.append(pair)
            }
        }
        return Assignment(pairs: pairs, experts: experts, capacity: capacity)
    }
}
