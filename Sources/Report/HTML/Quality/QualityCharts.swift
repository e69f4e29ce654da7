extension Chart {
    /// Every chart of quality that the groups have figures for.
    ///
    /// With several capacity factors, all but the drop curve are of the first.
    static func quality(of groups: [QualityGroup]) -> [Chart] {
        guard !groups.isEmpty else { return [] }
        let factor = groups[0].capacityFactor
        let one = groups.filter { $0.capacityFactor == factor }
        return [.losses(of: one)] + [.pareto(of: one), .drops(of: groups)].compactMap { $0 }
            + decisions(by: one.map(\.decisions)) + [.separation(of: one)].compactMap { $0 }
    }

    /// Every chart of what routers decided that the groups have figures for.
    static func decisions(by groups: [DecisionGroup]) -> [Chart] {
        let charts: [Chart?] = [
            .expertLoads(of: groups), .decisions(of: groups), .truePositives(of: groups),
            .falsePositives(of: groups),
        ]
        return charts.compactMap { $0 }
    }
}
