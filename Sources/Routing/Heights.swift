/// The affinities of labelled tokens in steps, so that tokens of different ranks can be compared
/// without sending all scores to everybody.
///
/// δ goes up in B = 64 steps from -1 to 1 that are equal in sign(δ) sqrt(|δ|): they are finer where
/// affinities lie, 0.02 wide at 0.1 and 0.001 at 0, beside 0.06 at 1.
public struct Heights: Hashable, Sendable {
    /// B.
    public static let steps = 64

    private let classes: Int
    /// Tokens on each step, [n x K x B].
    private(set) var counts: [Int]
    /// Twice the pairs (member, other) within one rank where the other's step is above the
    /// member's, and once those on one step: what exact comparison stands for, [n x K].
    private(set) var within: [Int]

    /// - Parameters:
    ///   - affinities: δ, [tokens x n].
    ///   - labels: a class for each token, below `classes`.
    ///   - classes: K.
    init(of affinities: GateLogits, _ labels: [Int], classes: Int) {
        self.classes = classes
        counts = [Int](repeating: 0, count: affinities.experts * classes * Self.steps)
        within = []
        for (token, label) in labels.enumerated() {
            for expert in 0..<affinities.experts {
                let step = Self.step(of: affinities[token, expert])
                counts[(expert * classes + label) * Self.steps + step] += 1
            }
        }
        within = (0..<affinities.experts * classes).map {
            Int(doubled($0 / classes, $0 % classes))
        }
    }

    init(classes: Int, counts: [Int], within: [Int]) {
        self.classes = classes
        self.counts = counts
        self.within = within
    }

    /// Which step an affinity lies on; what rounding left outside [-1, 1] on the outermost.
    static func step(of affinity: Double) -> Int {
        let root = affinity.magnitude.squareRoot()
        let height = affinity < 0 ? -root : root
        return min(max(Int((height + 1) * Double(steps / 2)), 0), steps - 1)
    }

    /// Adds another rank's.
    mutating func add(_ other: Heights) {
        counts = zip(counts, other.counts).map { $0 + $1 }
        within = zip(within, other.within).map { $0 + $1 }
    }

    /// Pairs (member, other) of different ranks where the other's step is above the member's, and
    /// half of those on one step.
    func reachedAcross(_ expert: Int, _ label: Int) -> Double {
        (doubled(expert, label) - Double(within[expert * classes + label])) / 2
    }

    /// Twice the pairs where the other's step is above the member's, and once those on one step,
    /// over all tokens.
    private func doubled(_ expert: Int, _ label: Int) -> Double {
        var (above, sum) = (0.0, 0.0)
        for step in (0..<Self.steps).reversed() {
            func tokens(_ label: Int) -> Double {
                Double(counts[(expert * classes + label) * Self.steps + step])
            }
            let others = (0..<classes).reduce(0) { $1 == label ? $0 : $0 + tokens($1) }
            sum += tokens(label) * (2 * above + others)
            above += others
        }
        return sum
    }
}
