import ClusterModel

/// One rank's part of a `Resonance`: sums, so that an all-reduce of all ranks' counts gives the
/// same estimate everywhere.
///
/// The paper calls a token relevant to an expert without saying how to know. Ours: tokens have a
/// *class*, and an expert's relevant tokens are those of the class that chooses it most, counted
/// over all ranks. Classes are the tokens' domains, or any bucket the caller names. Without
/// labels a token's class is the expert it chose first: p_i is then 1 by construction and only
/// q_i speaks.
///
/// For a class and an expert, q is `P(δ of an irrelevant token >= δ of a relevant one)` over pairs
/// of tokens: the paper's share for one relevant token, averaged over them. With labels these are
/// the pairs of all ranks, since a rank may have tokens of one class only: those within a rank are
/// compared exactly, those across ranks by the steps of δ that they lie on (`Heights`), where two
/// on one step count half. Without labels they are the pairs within ranks: there are as many
/// classes as experts, every rank has tokens of many, and steps for each of n x n would be more
/// than what the layer itself sends.
/// Source: LocMoE+, arXiv 2406.00023, Theorem 5 and Corollary 6.
public struct ResonanceCounts: Hashable, Sendable {
    /// n.
    public let experts: Int
    /// K.
    public let classes: Int
    /// Tokens of each class that chose each expert, [n x K].
    public private(set) var chosen: [Int]
    /// Tokens of each class, [K].
    public private(set) var members: [Int]
    /// Pairs (member, other) where the other's δ reaches the member's, [n x K].
    public private(set) var reached: [Int]
    /// Pairs (member, other), [K].
    public private(set) var compared: [Int]
    /// Tokens of each class by the step that their δ lies on; nil without labels.
    public private(set) var heights: Heights?
    public private(set) var affinityMax: Double
    /// Σ δ of tokens and the experts they chose first, in steps of 2^-32: whole numbers, so that the order of ranks makes no difference.
    public private(set) var affinitySteps: Int

    /// Counts of a batch.
    ///
    /// - Parameters:
    ///   - affinities: δ, [tokens x n].
    ///   - topK: k, the experts a token chooses.
    ///   - labels: a class for each token, below `classes`; nil for the expert chosen first.
    ///   - classes: K; not looked at without labels.
    public init(of affinities: GateLogits, topK: Int, labels: [Int]? = nil, classes: Int = 0) {
        experts = affinities.experts
        let best = (0..<affinities.count).map { Ranking.largest(of: affinities.row($0)) }
        let isLabelled = labels != nil
        let labels = labels ?? best
        let kinds = classes > 0 ? classes : affinities.experts
        invariant(
            labels.count == affinities.count && labels.allSatisfy { $0 < kinds },
            "\(labels.count) labels below \(kinds) for \(affinities.count) tokens"
        )
        self.classes = kinds
        chosen = [Int](repeating: 0, count: experts * kinds)
        reached = chosen
        var members = [Int](repeating: 0, count: kinds)
        for label in labels { members[label] += 1 }
        self.members = members
        compared = members.map { $0 * (labels.count - $0) }
        let firsts = best.enumerated().map { affinities[$0, $1] }
        affinityMax = firsts.max() ?? 0
        affinitySteps = firsts.reduce(0) { $0 + Int(($1 * Self.step).rounded()) }
        if isLabelled { heights = Heights(of: affinities, labels, classes: kinds) }
        countChoices(affinities, topK, labels)
        for expert in 0..<experts { countReached(affinities, expert, labels) }
    }

    /// How large they are.
    public var shape: ResonanceShape {
        ResonanceShape(experts: experts, classes: classes, isLabelled: heights != nil)
    }

    private static let step = 0x1p32

    init(
        _ shape: ResonanceShape,
        chosen: [Int],
        members: [Int],
        reached: [Int],
        compared: [Int],
        heights: Heights?,
        affinityMax: Double,
        affinitySteps: Int
    ) {
        (experts, classes) = (shape.experts, shape.classes)
        self.heights = heights
        self.chosen = chosen
        self.members = members
        self.reached = reached
        self.compared = compared
        self.affinityMax = affinityMax
        self.affinitySteps = affinitySteps
    }

    private mutating func countChoices(_ affinities: GateLogits, _ topK: Int, _ labels: [Int]) {
        for (token, label) in labels.enumerated() {
            for expert in Ranking.top(topK, of: affinities.row(token)) {
                chosen[expert * classes + label] += 1
            }
        }
    }

    /// One walk over the tokens by descending δ: whoever stands before a member, or beside it
    /// with an equal δ, reaches it.
    private mutating func countReached(_ affinities: GateLogits, _ expert: Int, _ labels: [Int]) {
        let order = labels.indices.sorted {
            (affinities[$0, expert], $1) > (affinities[$1, expert], $0)
        }
        var seen = [Int](repeating: 0, count: classes)
        var start = 0
        while start < order.count {
            let score = affinities[order[start], expert]
            let end = order[start...].firstIndex { affinities[$0, expert] < score } ?? order.count
            for token in order[start..<end] { seen[labels[token]] += 1 }
            for token in order[start..<end] {
                let label = labels[token]
                reached[expert * classes + label] += end - seen[label]
            }
            start = end
        }
    }

    /// Adds another rank's counts of the same step.
    public mutating func add(_ other: ResonanceCounts) {
        invariant(
            shape == other.shape,
            "counts of \(other.shape) to \(shape)"
        )
        func sum(_ a: [Int], _ b: [Int]) -> [Int] { zip(a, b).map { $0 + $1 } }
        chosen = sum(chosen, other.chosen)
        members = sum(members, other.members)
        reached = sum(reached, other.reached)
        compared = sum(compared, other.compared)
        if let more = other.heights { heights?.add(more) }
        affinityMax = max(affinityMax, other.affinityMax)
        affinitySteps += other.affinitySteps
    }

    /// The counts of all ranks as one; nil of none.
    ///
    /// The order of the parts makes no difference.
    public static func merge(_ parts: [ResonanceCounts]) -> ResonanceCounts? {
        guard var sum = parts.first else { return nil }
        for part in parts.dropFirst() { sum.add(part) }
        return sum
    }

    /// The estimate, once all ranks are in.
    public var resonance: Resonance {
        let own = (0..<experts).map(relevantClass)
        let tokens = members.reduce(0, +)
        return Resonance(
            truePositive: own.enumerated().map { expert, label in
                guard let label, members[label] > 0 else { return nil }
                return Double(chosen[expert * classes + label]) / Double(members[label])
            },
            falsePositive: own.enumerated().map { expert, label in
                label.flatMap { falsePositive(expert, $0) }
            },
            affinityMax: affinityMax,
            affinityMean: tokens > 0 ? Self.mean(affinitySteps, of: tokens) : 0
        )
    }

    /// q of an expert whose relevant tokens are those of a class; nil where there is no pair.
    ///
    /// In floating point: counts that came over links may be any numbers, and products of whole
    /// ones would trap.
    private func falsePositive(_ expert: Int, _ label: Int) -> Double? {
        let within = Double(reached[expert * classes + label])
        guard let heights else {
            return compared[label] > 0 ? within / Double(compared[label]) : nil
        }
        let others = Double(members.reduce(0, +) - members[label])
        let pairs = Double(members[label]) * others
        guard pairs > 0 else { return nil }
        return min(max((within + heights.reachedAcross(expert, label)) / pairs, 0), 1)
    }

    /// To nine decimals, about as exact as the steps.
    private static func mean(_ steps: Int, of tokens: Int) -> Double {
        (Double(steps) / step / Double(tokens) * 1e9).rounded() / 1e9
    }

    /// The class that chooses an expert most; of equal ones the lowest; nil if none does.
    private func relevantClass(of expert: Int) -> Int? {
        let counts = chosen[expert * classes..<(expert + 1) * classes]
        guard let most = counts.max(), most > 0 else { return nil }
        return counts.firstIndex(of: most).map { $0 - counts.startIndex }
    }
}
