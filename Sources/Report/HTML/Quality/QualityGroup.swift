// What the charts of quality are drawn from: the runs of a router or control that differ in their
// seed only.

import Statistics

/// Training runs of one name.
struct QualityGroup {
    /// The router or control.
    var name: String
    /// cf, where it is known.
    var capacityFactor: Double?
    /// One for each seed.
    var runs: [Quality]
    /// p50 of the emulated step time, where there is a clock.
    var stepTimeUs: Double?

    /// Groups of a comparison: those routers that learned, and the controls beside them.
    static func groups(of results: RunResults) -> [QualityGroup] {
        results.routers.compactMap { router in
            router.quality.map {
                QualityGroup(name: router.name, runs: [$0], stepTimeUs: router.stepTimeUs.p50)
            }
        }
            + (results.controls ?? []).map {
                QualityGroup(name: $0.name, runs: [$0.quality], stepTimeUs: $0.stepTimeUs)
            }
    }

    /// Groups of `train`, in order of appearance.
    static func groups(of rows: [TrainingRow]) -> [QualityGroup] {
        var groups: [QualityGroup] = []
        for row in rows {
            guard let quality = row.quality else { continue }
            let place = groups.firstIndex {
                $0.name == row.router && $0.capacityFactor == row.capacityFactor
            }
            if let place {
                groups[place].runs.append(quality)
            } else {
                groups.append(
                    QualityGroup(
                        name: row.router,
                        capacityFactor: row.capacityFactor,
                        runs: [quality]
                    )
                )
            }
        }
        return groups
    }

    /// Whether it has experts.
    var hasExperts: Bool { steps.contains { !$0.perExpert.isEmpty } }

    /// The steps of its first seed: what cannot be averaged is shown of that one.
    var steps: [QualityStep] { runs.first?.series ?? [] }

    /// How many MoE layers its records know of; 0 without experts.
    var layerCount: Int { steps.map(\.layerCount).max() ?? 0 }

    /// What each MoE layer decided, of the first seed.
    var layers: [LayerHistory] {
        (0..<layerCount).map { layer in
            LayerHistory(
                name: layerCount > 1 ? "\(name), layer \(layer)" : name,
                steps: steps.compactMap { step in
                    step.layer(layer).map { .init(step: step.step, record: $0) }
                }
            )
        }
    }

    /// A figure of every run, as mean and half of its 95 % interval (nil with one seed).
    func estimate(_ value: (Quality) -> Double?) -> (mean: Double, half: Double?)? {
        let values = runs.compactMap(value).filter(\.isFinite)
        guard !values.isEmpty else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else { return (mean, nil) }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / Double(values.count - 1)).squareRoot()
        let quantile = StudentT.twoSided(confidence: 0.95, degreesOfFreedom: values.count - 1)
        return (mean, quantile.map { $0 * deviation / Double(values.count).squareRoot() })
    }

    /// Means over bins of steps and over seeds: at most `points` of them.
    ///
    /// - Parameters:
    ///   - points: the most bins.
    ///   - value: of a step; steps without one are left out.
    /// - Returns: the middle step of each bin with its mean.
    func binned(
        points: Int,
        _ value: (QualityStep) -> Double?
    ) -> [(step: Double, value: Double)] {
        let all = runs.flatMap { $0.series ?? [] }
        guard let first = all.map(\.step).min(), let last = all.map(\.step).max() else { return [] }
        let size = StepBins.size(steps: last - first + 1, bins: points)
        var sums: [Int: (value: Double, step: Double, count: Double)] = [:]
        for step in all {
            guard let value = value(step) else { continue }
            let bin = (step.step - first) / size
            let old = sums[bin] ?? (0, 0, 0)
            sums[bin] = (old.value + value, old.step + Double(step.step), old.count + 1)
        }
        return sums.sorted { $0.key < $1.key }.map {
            ($0.value.step / $0.value.count, $0.value.value / $0.value.count)
        }
    }
}

/// What one MoE layer of a router decided over the steps.
struct LayerHistory {
    /// The router's, with the layer's number where there are several.
    var name: String
    var steps: [Step]

    struct Step {
        var step: Int
        var record: QualityLayer
    }
}

/// How many steps share a point or a column.
enum StepBins {
    /// Steps of a bin, at least one, so that there are at most `bins`.
    static func size(steps: Int, bins: Int) -> Int { max(1, (steps + bins - 1) / bins) }
}
