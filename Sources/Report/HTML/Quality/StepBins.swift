/// How many steps share a point or a column.
enum StepBins {
    /// Steps of a bin, at least one, so that there are at most `bins`.
    static func size(steps: Int, bins: Int) -> Int { max(1, (steps + bins - 1) / bins) }

    /// Means over bins of steps, and over the seeds that share them: at most `points` of them.
    ///
    /// - Parameters:
    ///   - all: the steps of all seeds.
    ///   - points: the most bins.
    ///   - number: of a step.
    ///   - value: of a step; steps without one are left out.
    /// - Returns: the middle step of each bin with its mean.
    static func means<Step>(
        of all: [Step],
        points: Int,
        number: (Step) -> Int,
        _ value: (Step) -> Double?
    ) -> [(step: Double, value: Double)] {
        guard let first = all.map(number).min(), let last = all.map(number).max() else { return [] }
        let size = size(steps: last - first + 1, bins: points)
        var sums: [Int: (value: Double, step: Double, count: Double)] = [:]
        for step in all {
            guard let value = value(step) else { continue }
            let bin = (number(step) - first) / size
            let old = sums[bin] ?? (0, 0, 0)
            sums[bin] = (old.value + value, old.step + Double(number(step)), old.count + 1)
        }
        return sums.sorted { $0.key < $1.key }.map {
            ($0.value.step / $0.value.count, $0.value.value / $0.value.count)
        }
    }
}
