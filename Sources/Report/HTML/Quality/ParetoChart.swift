// What a loss costs: held-out loss against bytes between nodes and against step time.

extension Chart {
    /// A point for each router; nil where no cost is known, or nothing to compare.
    static func pareto(of groups: [QualityGroup]) -> Chart? {
        let costs = ParetoCost.all.filter { cost in groups.contains { cost.value($0) != nil } }
        guard groups.count > 1, let first = costs.first else { return nil }
        let series = Series(groups.map(\.name))
        let points = costs.flatMap { cost in groups.compactMap { ParetoPoint($0, cost) } }
        let levels = costs.flatMap { cost in
            groups.filter { cost.value($0) == nil }.compactMap { level(of: $0, cost) }
        }
        return Chart(
            id: "pareto",
            title: "What a loss costs",
            caption: """
                Held-out loss after the last step against a step's cost; down and to the left is \
                better. The dashed line joins those that no other beats in both; bars are 95 % \
                intervals over seeds, if there are several. Neither axis starts at 0. Dotted lines \
                are the losses of controls, which send no tokens. Steps of the warm-up are not \
                counted. Sums of gradients are part of a step's time, not of the bytes.
                """,
            keys: series.keys,
            spec: paretoSpec(points, levels, series, first),
            height: 380,
            choice: Choice(label: "Cost", signal: "cost", options: costs.map(\.name)),
            tables: [paretoTable(groups, costs)]
        )
    }

    /// The loss of a control at a cost that it does not have.
    private static func level(of group: QualityGroup, _ cost: ParetoCost) -> String? {
        group.estimate(\.heldOutLoss).map { loss in
            "{\"cost\": \(quote(cost.name)), \"series\": \(quote(group.name)), "
                + "\"y\": \(JSONString.number(loss.mean))}"
        }
    }

    private static func paretoTable(
        _ groups: [QualityGroup],
        _ costs: [ParetoCost]
    ) -> HTMLTable {
        HTMLTable(
            caption: "Cost of a step and loss in the end",
            headers: ["router", "held-out loss, nats"] + costs.map(\.name),
            rows: groups.map { group in
                [group.name, text(group.estimate(\.heldOutLoss))]
                    + costs.map { text($0.value(group), decimals: 2) }
            }
        )
    }

    private static func paretoSpec(
        _ points: [ParetoPoint],
        _ levels: [String],
        _ series: Series,
        _ first: ParetoCost
    ) -> String {
        let names = array(series.names.map(quote))
        return #"""
            {"description": "Held-out loss against cost",
            "autosize": {"type": "fit", "contains": "padding", "resize": true}, "padding": 4,
            "signals": [{"name": "cost", "value": \#(quote(first.name))}],
            "data": [{"name": "points", "values": \#(array(points.map(\.json))),
              "transform": [{"type": "filter", "expr": "datum.cost === cost"}]},
              {"name": "levels", "values": \#(array(levels)),
              "transform": [{"type": "filter", "expr": "datum.cost === cost"}]},
              {"name": "frontier", "source": "points", "transform": [
                {"type": "window", "sort": {"field": ["x", "y"]}, "ops": ["min"],
                 "fields": ["y"], "as": ["best"], "frame": [null, 0]},
                {"type": "filter", "expr": "datum.y <= datum.best"},
                {"type": "collect", "sort": {"field": "x"}}]}],
            "scales": [
              {"name": "x", "range": "width", "nice": true, "zero": false, "padding": 60,
               "domain": {"data": "points", "fields": ["x0", "x1"]}},
              {"name": "y", "range": "height", "nice": true, "zero": false, "padding": 20,
               "domain": {"fields": [{"data": "points", "field": "y0"},
                 {"data": "points", "field": "y1"}, {"data": "levels", "field": "y"}]}},
              {"name": "colour", "type": "ordinal", "domain": \#(names),
               "range": {"signal": "theme.routers"}}],
            "axes": [
              {"scale": "x", "orient": "bottom", "title": {"signal": "cost"}, "tickCount": 6,
               "grid": true, "encode": {"labels": {"update": {"text":
                 {"signal": "datum.value < 0 ? '' : datum.label"}}}}},
              {"scale": "y", "orient": "left", "grid": true, "title": "held-out loss, nats",
               "tickCount": 6}],
            "marks": [
              {"type": "rule", "from": {"data": "levels"}, "encode": {"update": {
                "x": {"value": 0}, "x2": {"signal": "width"},
                "y": {"scale": "y", "field": "y"}, "strokeWidth": {"value": 2},
                "stroke": {"scale": "colour", "field": "series"},
                "strokeDash": {"value": [2, 4]}}}},
              {"type": "text", "from": {"data": "levels"}, "encode": {"update": {
                "x": {"signal": "width"}, "y": {"scale": "y", "field": "y"},
                "dy": {"value": -6}, "align": {"value": "right"}, "fontSize": {"value": 12},
                "fill": {"signal": "theme.text"}, "text": {"field": "series"}}}},
              {"type": "line", "from": {"data": "frontier"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
                "stroke": {"signal": "theme.muted"}, "strokeDash": {"value": [4, 4]}}}},
              {"type": "rule", "from": {"data": "points"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y0"},
                "y2": {"scale": "y", "field": "y1"},
                "stroke": {"scale": "colour", "field": "series"}, "strokeWidth": {"value": 2}}}},
              {"type": "rule", "from": {"data": "points"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x0"}, "x2": {"scale": "x", "field": "x1"},
                "y": {"scale": "y", "field": "y"},
                "stroke": {"scale": "colour", "field": "series"}, "strokeWidth": {"value": 2}}}},
              {"type": "symbol", "from": {"data": "points"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
                "size": {"value": 90}, "fill": {"scale": "colour", "field": "series"},
                "tooltip": {"signal": "datum.series + ': loss ' + format(datum.y, '.4f')"}}}},
              {"type": "text", "from": {"data": "points"}, "encode": {"update": {
                "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
                "dy": {"value": -11}, "align": {"value": "center"}, "fontSize": {"value": 12},
                "fill": {"signal": "theme.text"}, "text": {"field": "series"}}}}]}
            """#
    }
}

/// What a step costs, in a unit.
private struct ParetoCost: Sendable {
    /// With its unit.
    var name: String
    var value: @Sendable (QualityGroup) -> (mean: Double, half: Double?)?

    static let all = [
        ParetoCost(name: "payload between nodes, KB a step") { group in
            group.estimate { $0.interNodeBytesPerStep.map { $0 / 1000 } }
        },
        ParetoCost(name: "step time, emulated µs") { group in
            group.stepTimeUs.map { ($0, nil) }
        },
    ]
}

/// A router at its cost and loss.
private struct ParetoPoint {
    var json: String

    /// Nil where either is not known.
    init?(_ group: QualityGroup, _ cost: ParetoCost) {
        guard let loss = group.estimate(\.heldOutLoss), let x = cost.value(group) else {
            return nil
        }
        let (a, b) = (x.half ?? 0, loss.half ?? 0)
        let numbers = [
            ("x", x.mean), ("x0", x.mean - a), ("x1", x.mean + a),
            ("y", loss.mean), ("y0", loss.mean - b), ("y1", loss.mean + b),
        ].map { "\"\($0)\": \(JSONString.number($1))" }.joined(separator: ", ")
        json = """
            {"cost": \(Chart.quote(cost.name)), "series": \(Chart.quote(group.name)), \(numbers)}
            """
    }
}
