extension Chart {
    /// Every chart of quality that the groups have figures for.
    ///
    /// With several capacity factors, all but the drop curve are of the first.
    static func quality(of groups: [QualityGroup]) -> [Chart] {
        guard !groups.isEmpty else { return [] }
        let factor = groups[0].capacityFactor
        let one = groups.filter { $0.capacityFactor == factor }
        let charts: [Chart?] = [
            .losses(of: one), .pareto(of: one), .drops(of: groups), .expertLoads(of: one),
            .decisions(of: one), .truePositives(of: one), .falsePositives(of: one),
            .separation(of: one),
        ]
        return charts.compactMap { $0 }
    }
}
