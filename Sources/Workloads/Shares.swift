// Whole bytes by whole weights: the same on every platform, and none is lost.

/// Cuts a total into parts by weights.
enum Shares {
    /// Parts that add up to `total`, each its exact share rounded up or down.
    ///
    /// The weights must not be negative, and not all be 0 unless `total` is.
    static func cut(_ total: Int, by weights: [Int]) -> [Int] {
        let sum = weights.reduce(0, +)
        guard total > 0, sum > 0 else { return weights.map { _ in 0 } }
        var reached = 0
        var given = 0
        return weights.map { weight in
            reached += weight
            let until = portion(total, reached, sum)
            defer { given = until }
            return until - given
        }
    }

    /// `total * part / whole`, rounded down, whatever the product.
    private static func portion(_ total: Int, _ part: Int, _ whole: Int) -> Int {
        whole.dividingFullWidth(total.multipliedFullWidth(by: part)).quotient
    }
}
