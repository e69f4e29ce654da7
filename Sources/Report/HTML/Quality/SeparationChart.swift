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
                enter the first MoE layer: dispersion between experts over dispersion within. \
                Higher is more specialised; about 1 is what chance gives.
                """,
            spec: bars.spec,
            height: bars.height,
            tables: [
                HTMLTable(
                    caption: "Calinski-Harabasz index; ± half of the 95 % interval over seeds",
                    headers: ["router", "index"],
                    rows: known.map { [$0.0, text($0.1, decimals: 1)] }
                )
            ]
        )
    }
}
