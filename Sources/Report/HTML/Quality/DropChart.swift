// What capacity costs: drops and loss against the capacity factor.

extension Chart {
    /// A line for each router over its capacity factors; nil with fewer than two of them.
    static func drops(of groups: [QualityGroup]) -> Chart? {
        let groups = groups.filter(\.hasExperts)
        let factors = Set(groups.compactMap(\.capacityFactor)).sorted()
        guard factors.count > 1 else { return nil }
        let series = Series(groups.map(\.name))
        let figures: [(name: String, value: (Quality) -> Double?)] = [
            ("dropped share of pairs", { quality in quality.keptShare.map { 1 - $0 } }),
            ("held-out loss, nats", { $0.heldOutLoss }),
        ]
        let rows = figures.flatMap { figure in
            groups.compactMap { group -> String? in
                guard let factor = group.capacityFactor,
                    let estimate = group.estimate(figure.value)
                else { return nil }
                return #"{"figure": \#(quote(figure.name)), "series": \#(quote(group.name)), "#
                    + #""x": \#(JSONString.number(factor)), "#
                    + #""y": \#(JSONString.number(estimate.mean))}"#
            }
        }
        return Chart(
            id: "drops",
            title: "Drops against capacity",
            caption: """
                Each point is a training run with that capacity factor (mean over seeds): pairs \
                that no expert kept, of all training steps, or the loss that came of it. At 1 \
                there is just room for the average expert; expert-choice takes c = k times the \
                factor, which is as much room.\(exceptions(groups))
                """,
            keys: series.keys,
            spec: lineSpec(
                rows,
                series,
                x: quote("capacity factor"),
                y: #"{"signal": "figure"}"#,
                filter: "datum.figure === figure",
                signals: #"[{"name": "figure", "value": \#(quote(figures[0].name))}]"#,
                startsAtZero: false
            ),
            height: 320,
            choice: Choice(label: "Show", signal: "figure", options: figures.map(\.name)),
            tables: [dropTable(groups, factors)]
        )
    }

    /// Whose C was something else than the factor's.
    private static func exceptions(_ groups: [QualityGroup]) -> String {
        let others = Series(groups.map(\.name)).names.compactMap { name -> String? in
            let layers = groups.filter { $0.name == name }.flatMap(\.runs)
                .flatMap { $0.series ?? [] }.flatMap(\.layers)
            let sources = layers.compactMap(\.capacitySetBy).filter { $0 != "conventional" }
            guard !sources.isEmpty else { return nil }
            let share = Figure.percent(Double(sources.count) / Double(layers.count), 0)
            let names = Series(sources).names.joined(separator: " or ")
            return "\(name) in \(share) of its steps (\(names))"
        }
        guard !others.isEmpty else { return "" }
        return " C did not come from the factor with \(others.joined(separator: ", ")): the table "
            + "has the slots that held."
    }

    private static func dropTable(_ groups: [QualityGroup], _ factors: [Double]) -> HTMLTable {
        let names = Series(groups.map(\.name)).names
        return HTMLTable(
            caption: "Dropped share / held-out loss / slots a step, by capacity factor",
            headers: ["capacity factor"] + names,
            rows: factors.map { factor in
                [Figure.fixed(factor, 2)]
                    + names.map { name in
                        let group = groups.first {
                            $0.name == name && $0.capacityFactor == factor
                        }
                        let dropped = group?.estimate { $0.keptShare.map { 1 - $0 } }
                        return text(dropped, decimals: 3) + " / "
                            + text(group?.estimate(\.heldOutLoss), decimals: 3) + " / "
                            + text(group?.estimate(\.slotsPerStep), decimals: 0)
                    }
            }
        )
    }
}
