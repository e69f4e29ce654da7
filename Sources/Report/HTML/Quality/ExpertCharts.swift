// Which experts tokens choose, and how well both find each other.

extension Chart {
    /// Choices of each expert over steps, in multiples of the mean.
    static func expertLoads(of groups: [QualityGroup]) -> Chart? {
        let groups = groups.filter(\.hasExperts)
        let loads = groups.flatMap { $0.steps.flatMap(relativeLoads) }
        // Twice the mean is deep already; one expert that takes all is n times it.
        let most = min(max(2, loads.max() ?? 2), 4)
        return ExpertMap(
            id: "loads",
            title: "Which experts tokens choose",
            caption: """
                Pairs that chose an expert (row), kept or not, over the mean of all experts, step \
                by step, first MoE layer, over all ranks. A router that collapses leaves a few \
                deep rows. Of several seeds the first.
                """,
            label: "Router",
            most: most,
            rampEnd: "\(Figure.fixed(most, 1)) times the mean and more",
            pictures: groups.map {
                .init(name: $0.name, steps: $0.steps, values: { relativeLoads($0).map { $0 } })
            }
        ).chart
    }

    private static func relativeLoads(_ step: QualityStep) -> [Double] {
        let sum = step.chosenPerExpert.reduce(0, +)
        guard sum > 0 else { return [] }
        let mean = Double(sum) / Double(step.chosenPerExpert.count)
        return step.chosenPerExpert.map { Double($0) / mean }
    }

    /// p_i and q_i over steps, of routers with affinities.
    static func shares(of groups: [QualityGroup]) -> Chart? {
        let groups = groups.filter { $0.steps.contains { !$0.p.isEmpty } }
        return ExpertMap(
            id: "shares",
            title: "How experts and tokens find each other",
            caption: """
                p_i, the share of an expert's relevant tokens that choose it, and q_i, the share of \
                irrelevant tokens whose affinity reaches that of a relevant one (LocMoE+, Theorem 5 \
                and Corollary 6), step by step. A token is relevant to the expert that its domain \
                chooses most. Of several seeds the first.
                """,
            label: "Share",
            most: 1,
            rampEnd: "1",
            decimals: 3,
            pictures: groups.flatMap { group in
                [
                    .init(name: "q of \(group.name)", steps: group.steps, values: \.q),
                    .init(name: "p of \(group.name)", steps: group.steps, values: \.p),
                ]
            }
        ).chart
    }
}
