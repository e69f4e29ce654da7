// What routers decided over steps: kept share, capacity, affinity, mode.

extension Chart {
    private static let decisionPoints = 100

    /// A line for each router; nil where none has experts.
    static func decisions(of groups: [QualityGroup]) -> Chart? {
        let groups = groups.filter(\.hasExperts)
        guard !groups.isEmpty else { return nil }
        let series = Series(groups.map(\.name))
        let figures = DecisionFigure.all.filter { figure in
            groups.contains { $0.steps.contains { figure.value($0) != nil } }
        }
        let rows = figures.flatMap { figure in
            groups.flatMap { group in
                group.binned(points: decisionPoints, figure.value).map { point in
                    #"{"figure": \#(quote(figure.name)), "series": \#(quote(group.name)), "#
                        + #""x": \#(JSONString.number(point.step)), "#
                        + #""y": \#(JSONString.number(point.value))}"#
                }
            }
        }
        let first = figures.first?.name ?? ""
        return Chart(
            id: "decisions",
            title: "What routers decided",
            caption: """
                Over all ranks, mean over neighbouring steps and over seeds. C is an expert's room \
                for one source rank, or with pooled slots for all; mode 0 is TCR, the first C \
                tokens, 1 is ECR, the best. Affinity is that of a token with the expert it chose \
                first; only routers by affinity have one.
                """,
            keys: series.keys,
            spec: lineSpec(
                rows,
                series,
                x: quote("step"),
                y: #"{"signal": "figure"}"#,
                filter: "datum.figure === figure",
                signals: #"[{"name": "figure", "value": \#(quote(first))}]"#,
                symbolSize: 12
            ),
            height: 320,
            choice: Choice(label: "Show", signal: "figure", options: figures.map(\.name)),
            tables: [decisionTable(groups)]
        )
    }

    private static func decisionTable(_ groups: [QualityGroup]) -> HTMLTable {
        HTMLTable(
            caption: "The last training step, first seed",
            headers: [
                "router", "offered", "kept share", "C", "set by", "mode", "δ mean", "δ max",
            ],
            rows: groups.compactMap { group in
                group.steps.last.map { step in
                    [
                        group.name, Figure.grouped(step.offered),
                        step.keptShare.map { Figure.fixed($0, 3) } ?? "-",
                        "\(step.capacity)", step.capacitySetBy ?? "-", step.mode ?? "-",
                        step.delta.map { Figure.fixed($0.mean, 3) } ?? "-",
                        step.delta.map { Figure.fixed($0.max, 3) } ?? "-",
                    ]
                }
            }
        )
    }
}

/// A figure of a step.
private struct DecisionFigure: Sendable {
    var name: String
    var value: @Sendable (QualityStep) -> Double?

    static let all = [
        DecisionFigure(name: "kept share of pairs") { $0.keptShare },
        DecisionFigure(name: "capacity C, slots") {
            $0.perExpert.isEmpty ? nil : Double($0.capacity)
        },
        DecisionFigure(name: "mean affinity δ") { $0.delta?.mean },
        DecisionFigure(name: "largest affinity δ") { $0.delta?.max },
        DecisionFigure(name: "largest q of an expert") { $0.q.compactMap { $0 }.max() },
        DecisionFigure(name: "mean p of experts") { step in
            let known = step.p.compactMap { $0 }
            return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        },
        DecisionFigure(name: "mode") { step in step.mode.map { $0 == "ecr" ? 1 : 0 } },
        DecisionFigure(name: "payload between nodes, KB") {
            $0.perExpert.isEmpty ? nil : $0.interNodeBytes.map { Double($0) / 1000 }
        },
    ]
}
