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
        StepBins.means(of: runs.flatMap { $0.series ?? [] }, points: points, number: \.step, value)
    }
}
