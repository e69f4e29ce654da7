import Glibc

/// The losses on a gate's probabilities, for the tokens of one rank.
///
/// Each rank takes them over its own tokens, so nobody has to ask (ours; the papers do not say).
public struct RouterLosses: Hashable, Sendable {
    /// α of the auxiliary loss.
    public var auxiliary: Double
    /// μ of the locality loss.
    public var locality: Double
    /// ε, the share of the local distribution that is spread over all experts: without it the
    /// divergence is infinite (ours).
    public var smoothing: Double
    /// Groups of experts that the auxiliary loss is taken over as well, and then over the experts
    /// inside a group instead of over all: SMILE's two levels; 1 elsewhere.
    public var groups: Int
    /// The factor of Ada-K's policy loss.
    public var allocation: Double
    /// The factor of the mean number of choices that Ada-K's allocator expects.
    public var choices: Double

    public init(
        auxiliary: Double = 0,
        locality: Double = 0,
        smoothing: Double = 0.1,
        groups: Int = 1,
        allocation: Double = 0,
        choices: Double = 0
    ) {
        self.auxiliary = auxiliary
        self.locality = locality
        self.smoothing = smoothing
        self.groups = groups
        self.allocation = allocation
        self.choices = choices
    }

    /// `n Σ_i f_i P_i` without α, and its gradient at P, n f_i: f_i, the share of tokens whose
    /// first choice is i, has none.
    ///
    /// Source: Switch Transformers, arXiv 2101.03961, Eq. 4-6.
    public static func auxiliary(shares: [Double], means: [Double]) -> (Double, [Double]) {
        let experts = Double(means.count)
        let loss = zip(shares, means).reduce(0) { $0 + $1.0 * $1.1 } * experts
        return (loss, shares.map { experts * $0 })
    }

    /// SMILE's losses: that over groups of experts plus that over the experts inside a group, each
    /// as above, and the gradient of the sum at the experts' probabilities.
    ///
    /// Source: SMILE, arXiv 2212.05191, section 3.2; both with one α (ours).
    public static func auxiliary(
        shares: [Double],
        means: [Double],
        groups: Int
    ) -> (Double, [Double]) {
        guard groups > 1 else { return auxiliary(shares: shares, means: means) }
        let inside = means.count / groups
        func sums(_ values: [Double], _ count: Int, _ place: (Int) -> Int) -> [Double] {
            var sums = [Double](repeating: 0, count: count)
            for (i, value) in values.enumerated() { sums[place(i)] += value }
            return sums
        }
        func level(_ count: Int, _ place: (Int) -> Int) -> (Double, [Double]) {
            auxiliary(shares: sums(shares, count, place), means: sums(means, count, place))
        }
        let outer = level(groups) { $0 / inside }
        let inner = level(inside) { $0 % inside }
        let slopes = means.indices.map { outer.1[$0 / inside] + inner.1[$0 % inside] }
        return (outer.0 + inner.0, slopes)
    }

    /// `KL(D_c || D_l) = Σ_i D_c(i) log(D_c(i) / D_l(i))` without μ, and its gradient at D_c.
    ///
    /// D_c is the mean probability over a rank's tokens, which can be differentiated; D_l is
    /// `local(...)`. Source: LocMoE, arXiv 2401.13920, Eq. 6.
    public static func locality(current: [Double], local: [Double]) -> (Double, [Double]) {
        var loss = 0.0
        var gradient: [Double] = []
        for (share, target) in zip(current, local) {
            // A share of 0 adds nothing; its slope is cut where the logarithm ends.
            let ratio = log(max(share, 1e-30) / target)
            loss += share * ratio
            gradient.append(ratio + 1)
        }
        return (loss, gradient)
    }

    /// D_l: `(1-ε)/m` more for each of the m experts on the rank's node than ε/n, which all have;
    /// uniform where a node has no expert.
    public static func local(isLocal: [Bool], smoothing: Double) -> [Double] {
        let (count, experts) = (isLocal.count { $0 }, Double(isLocal.count))
        guard count > 0 else { return isLocal.map { _ in 1 / experts } }
        return isLocal.map { smoothing / experts + ($0 ? (1 - smoothing) / Double(count) : 0) }
    }

    /// What the losses of one rank were.
    public struct Values: Hashable, Sendable {
        /// `n Σ f P`, 1 when balanced (SMILE: 2, the sum of its levels); without α.
        public var auxiliary = 0.0
        /// KL in nats; without μ.
        public var locality = 0.0
        /// Ada-K's policy loss, without its factor.
        public var allocation = 0.0
        /// The mean number of choices that Ada-K's allocator expects.
        public var choices = 0.0

        /// The mean over parts: adds another's share.
        mutating func add(_ other: Values, weight: Double) {
            auxiliary += weight * other.auxiliary
            locality += weight * other.locality
            allocation += weight * other.allocation
            choices += weight * other.choices
        }
    }

    /// Both losses of a rank's probabilities [tokens x experts], and the gradient of
    /// `weight x (α auxiliary + μ locality)` at them; `choices` counts tokens by first choice.
    func evaluate(
        _ probabilities: Matrix,
        choices: [Int],
        isLocal: [Bool],
        weight: Double
    ) -> (Values, gradient: Matrix) {
        var gradient = Matrix(rows: probabilities.rows, columns: probabilities.columns)
        guard probabilities.rows > 0 else { return (Values(), gradient) }
        let tokens = Double(probabilities.rows)
        let means = Self.means(of: probabilities)
        let (auxiliaryLoss, auxiliarySlope) = Self.auxiliary(
            shares: choices.map { Double($0) / tokens },
            means: means,
            groups: groups
        )
        let target = Self.local(isLocal: isLocal, smoothing: smoothing)
        let (localityLoss, localitySlope) = Self.locality(current: means, local: target)
        let row = zip(auxiliarySlope, localitySlope).map {
            Float(weight * (auxiliary * $0 + locality * $1) / tokens)
        }
        for i in gradient.values.indices { gradient.values[i] = row[i % row.count] }
        return (Values(auxiliary: auxiliaryLoss, locality: localityLoss), gradient)
    }

    /// Mean probability of each expert.
    private static func means(of probabilities: Matrix) -> [Double] {
        let experts = probabilities.columns
        var means = [Double](repeating: 0, count: experts)
        for (i, share) in probabilities.values.enumerated() { means[i % experts] += Double(share) }
        return means.map { $0 / Double(probabilities.rows) }
    }
}
