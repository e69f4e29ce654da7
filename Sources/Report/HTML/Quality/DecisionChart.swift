// What routers decided over steps: kept share, capacity, affinity, mode.

extension Chart {
    /// Points of a line, fewer where many layers have one each.
    private static func decisionPoints(layers: Int) -> Int { min(100, max(25, 200 / layers)) }

    /// A line for each router; nil where none has experts.
    static func decisions(of groups: [DecisionGroup]) -> Chart? {
        let groups = groups.filter(\.hasExperts)
        guard !groups.isEmpty else { return nil }
        let series = Series(groups.map(\.name))
        let layers = groups.map(\.layerCount).max() ?? 1
        let points = decisionPoints(layers: layers)
        let hasRerouted = groups.contains { $0.steps.contains { $0.rerouted ?? 0 > 0 } }
        let all = DecisionFigure.all(layers: layers, hasRerouted: hasRerouted)
        let figures = all.filter { figure in
            groups.contains { $0.steps.contains { figure.value($0) != nil } }
        }
        let rows = figures.flatMap { figure in
            groups.flatMap { group in
                StepBins.means(
                    of: group.runs.flatMap(\.series),
                    points: points,
                    number: \.step,
                    figure.value
                ).map { point in
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

    private static func decisionTable(_ groups: [DecisionGroup]) -> HTMLTable {
        HTMLTable(
            caption: "The last step, first seed",
            headers: [
                "router", "offered", "kept share", "C", "set by", "mode", "δ mean", "δ max",
            ],
            rows: groups.flatMap { group in
                group.layers.compactMap { layer in
                    layer.steps.last.map { cells(layer.name, $0.record) }
                }
            }
        )
    }

    private static func cells(_ name: String, _ layer: QualityLayer) -> [String] {
        [
            name, Figure.grouped(layer.offered),
            layer.keptShare.map { Figure.fixed($0, 3) } ?? "-",
            "\(layer.capacity)", layer.capacitySetBy ?? "-", layer.mode ?? "-",
            layer.delta.map { Figure.fixed($0.mean, 3) } ?? "-",
            layer.delta.map { Figure.fixed($0.max, 3) } ?? "-",
        ]
    }
}

extension QualityLayer {
    /// Pairs that chose an expert of the layer.
    fileprivate var offered: Int { chosenPerExpert.reduce(0, +) }
    fileprivate var keptShare: Double? {
        offered > 0 ? Double(perExpert.reduce(0, +)) / Double(offered) : nil
    }
}

/// A figure of a step.
private struct DecisionFigure: Sendable {
    var name: String
    var value: @Sendable (DecisionStep) -> Double?

    /// Those of all layers together, then each layer's own.
    static func all(layers: Int, hasRerouted: Bool) -> [DecisionFigure] {
        together + (hasRerouted ? [rerouted] : [])
            + (0..<layers).flatMap { layer in
                ofLayer.map { name, value in
                    DecisionFigure(name: layers > 1 ? "\(name), layer \(layer)" : name) {
                        $0.layers.indices.contains(layer) ? value($0.layers[layer]) : nil
                    }
                }
            }
    }

    private static let together = [
        DecisionFigure(name: "kept share of pairs") { $0.keptShare },
        DecisionFigure(name: "payload between nodes, KB") {
            $0.layers.isEmpty ? nil : $0.interNodeBytes.map { Double($0) / 1000 }
        },
    ]

    private static let rerouted = DecisionFigure(name: "rerouted share of pairs") { step in
        step.rerouted.map { Double($0) / Double(max(1, step.offered)) }
    }

    private static let ofLayer: [(String, @Sendable (QualityLayer) -> Double?)] = [
        ("capacity C, slots", { Double($0.capacity) }),
        ("mean affinity δ", { $0.delta?.mean }),
        ("largest affinity δ", { $0.delta?.max }),
        ("largest q of an expert", { $0.q.compactMap { $0 }.max() }),
        (
            "mean p of experts",
            { layer in
                let known = layer.p.compactMap { $0 }
                return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
            }
        ),
        ("mode", { layer in layer.mode.map { $0 == "ecr" ? 1 : 0 } }),
    ]
}
