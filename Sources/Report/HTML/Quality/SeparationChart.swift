// How far apart the tokens of different experts lie.

extension Chart {
    /// A bar for each router; nil where no index is known.
    static func separation(of groups: [QualityGroup]) -> Chart? {
        let known = groups.compactMap { group in
            group.estimate(\.calinskiHarabasz).map { (group.name, $0) }
        }
        guard !known.isEmpty else { return nil }
        let bars = StackedBars(
            description: "Calinski-Harabasz index of tokens by expert",
            axis: "Calinski-Harabasz index",
            routers: known.map(\.0),
            parts: [.init(name: "index", variable: "--router-0")],
            values: known.map { [$0.1.mean] },
            totals: known.map { text($0.1, decimals: 1) },
            palette: "routers"
        )
        return Chart(
            id: "separation",
            title: "How far experts are apart",
            caption: """
                Calinski-Harabasz index of held-out tokens by the expert that keeps them, as they \
                enter the first MoE layer: dispersion between experts over dispersion within, each \
                by its degrees of freedom. Of as many tokens, higher is more specialised, and \
                about 1 is what chance gives; but it grows with the number of tokens kept, so \
                a router that drops more has less. The ratio alone, in the table, does not.
                """,
            spec: bars.spec,
            height: bars.height,
            tables: [
                HTMLTable(
                    caption: "Calinski-Harabasz index; ± half of the 95 % interval over seeds",
                    headers: ["router", "index", "between / within", "kept in training, %"],
                    rows: groups.filter { $0.estimate(\.calinskiHarabasz) != nil }.map { group in
                        [
                            group.name, text(group.estimate(\.calinskiHarabasz), decimals: 1),
                            text(group.estimate(\.betweenOverWithin), decimals: 4),
                            text(group.estimate { $0.keptShare.map { $0 * 100 } }, decimals: 1),
                        ]
                    }
                )
            ]
        )
    }
}
