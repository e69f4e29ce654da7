// Which experts tokens choose, and how well both find each other.

import Statistics

extension Chart {
    /// Choices of each expert over steps, in multiples of the mean.
    static func expertLoads(of groups: [DecisionGroup]) -> Chart? {
        let groups = groups.filter(\.hasExperts)
        let loads = groups.flatMap { group in
            group.layers.flatMap { layer in layer.steps.flatMap { relativeLoads($0.record) } }
        }
        // Twice the mean is deep already; one expert that takes all is n times it.
        let most = min(max(2, loads.max() ?? 2), 4)
        return ExpertMap(
            id: "loads",
            title: "Which experts tokens choose",
            caption: """
                Pairs that chose an expert (row), kept or not, over the mean of all experts, step \
                by step, over all ranks. A router that collapses leaves a few \
                deep rows. Of several seeds the first.
                """,
            label: ExpertMap.label(of: groups),
            most: most,
            rampEnd: "\(Figure.fixed(most, 1)) times the mean and more",
            pictures: ExpertMap.pictures(of: groups) { relativeLoads($0).map { $0 } }
        ).chart
    }

    private static func relativeLoads(_ layer: QualityLayer) -> [Double] {
        let sum = layer.chosenPerExpert.reduce(0, +)
        guard sum > 0 else { return [] }
        let mean = Double(sum) / Double(layer.chosenPerExpert.count)
        return layer.chosenPerExpert.map { Double($0) / mean }
    }

    /// p_i over steps, of routers with affinities.
    static func truePositives(of groups: [DecisionGroup]) -> Chart? {
        shares(
            of: groups,
            id: "true-positives",
            title: "Relevant tokens that choose their expert (p)",
            meaning: "p_i, the share of an expert's relevant tokens that choose it"
        ) { $0.p }
    }

    /// q_i over steps, of routers with affinities.
    static func falsePositives(of groups: [DecisionGroup]) -> Chart? {
        shares(
            of: groups,
            id: "false-positives",
            title: "Irrelevant tokens that reach a relevant one (q)",
            meaning:
                "q_i, the share of irrelevant tokens whose affinity reaches that of a relevant one"
        ) { $0.q }
    }

    private static func shares(
        of groups: [DecisionGroup],
        id: String,
        title: String,
        meaning: String,
        _ values: @escaping (QualityLayer) -> [Double?]
    ) -> Chart? {
        let pictures = ExpertMap.pictures(of: groups, values)
        let groups = groups.filter { group in pictures.contains { $0.group == group.name } }
        let known = pictures.flatMap { $0.steps.flatMap { values($0.record).compactMap { $0 } } }
        // The largest of single steps is an outlier that would leave all else pale.
        let most = max(0.1, Quantile.linear(0.98, of: known) ?? 1)
        return ExpertMap(
            id: id,
            title: title,
            caption: """
                \(meaning) (LocMoE+, Theorem 5 and Corollary 6), step by step. \
                \(relevance(of: groups)) An expert that none chose has no share. Of several seeds \
                the first.
                """,
            label: ExpertMap.label(of: groups),
            most: most,
            rampEnd: "\(Figure.fixed(most, 2)) and more",
            decimals: 3,
            pictures: pictures
        ).chart
    }

    /// Which tokens the groups' records call relevant, in sentences.
    private static func relevance(of groups: [DecisionGroup]) -> String {
        let names = Set(groups.map { $0.runs.first?.relevance })
        guard names.count == 1, let name = names.first else {
            return groups.map { "\($0.name): \(meaning(of: $0.runs.first?.relevance))" }
                .joined(separator: " ")
        }
        return meaning(of: name)
    }

    private static func meaning(of relevance: String?) -> String {
        switch relevance {
        case "choice":
            "A token is relevant to the expert that it chooses first, so with one choice a token p "
                + "is 1 (routing.relevance = \"choice\"; \"domain\" goes by the text's domains)."
        case "domain":
            "A token is relevant to an expert if no other domain chooses that expert more often "
                + "than its own (routing.relevance = \"domain\")."
        default:
            "Which tokens count as relevant is not in the record: that of an earlier version."
        }
    }
}
