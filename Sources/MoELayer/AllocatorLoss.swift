import ClusterModel
import Glibc
import Routing

/// What teaches Ada-K's allocator how many experts a token needs: a policy gradient.
///
/// The number of choices k_t is drawn from π(u_t) in training. A token's cost is its
/// cross-entropy, and its advantage A_t what that lies above the mean of its rank's tokens:
/// `Σ_t A_t log π(k_t) / targets` falls as choices that cost more become rarer. A second term, the
/// mean of the expected k, makes choices dear. Source: Ada-K, arXiv 2410.10456, section 3: PPO,
/// whose first step along fresh samples this is (its ratio is 1 there, so nothing is clipped).
///
/// Ours: one step a batch; the mean as the baseline; gradients of these terms end at the allocator
/// (in the paper all else is frozen).
struct AllocatorLoss: Hashable, Sendable {
    /// π, [tokens x choices].
    private let shares: Matrix
    /// k_t.
    private let chosen: [Int]
    private let policyFactor: Double
    private let choicesFactor: Double
    /// `Σ A log π(k) / targets`, without its factor.
    private(set) var value = 0.0
    /// The mean of the expected k, without its factor.
    private(set) var choices = 0.0
    /// The gradient of both, with their factors, at the allocator's logits, once costs are known.
    private(set) var gradient: Matrix?

    init(_ settings: RouterLosses, _ shares: Matrix, _ assignment: Assignment, weight: Double) {
        self.shares = shares
        policyFactor = settings.allocation * weight
        choicesFactor = settings.choices * weight
        var chosen = [Int](repeating: 0, count: shares.rows)
        for pair in assignment.pairs { chosen[pair.token] += 1 }
        self.chosen = chosen
    }

    /// Takes the costs of the tokens; those without a target teach nothing of k.
    mutating func take(_ costs: [Double], targets: [Int?]) {
        let count = Double(max(1, targets.count { $0 != nil }))
        let mean = zip(costs, targets).reduce(0) { $0 + ($1.1 == nil ? 0 : $1.0) } / count
        var slope = Matrix(rows: shares.rows, columns: shares.columns)
        (value, choices) = (0, 0)
        for token in 0..<shares.rows {
            let advantage = targets[token] == nil ? 0 : (costs[token] - mean) / count
            let row = shares.row(token).map(Double.init)
            let expected = row.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
            let k = chosen[token] - 1
            value += advantage * log(max(row[k], 1e-30))
            choices += expected / Double(shares.rows)
            for (j, share) in row.enumerated() {
                let policy = advantage * ((j == k ? 1 : 0) - share)
                let dear = share * (Double(j + 1) - expected) / Double(shares.rows)
                slope.values[token * shares.columns + j] =
                    Float(policyFactor * policy + choicesFactor * dear)
            }
        }
        gradient = slope
    }
}
