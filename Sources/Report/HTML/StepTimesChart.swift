// The step time of every measured step, with the simulated one beside it.

extension Chart {
    /// Lines over steps: measured solid with points, simulated dashed.
    static func stepTimes(of results: RunResults, steps: [StepRecord]) -> Chart {
        let points = StepPoint.points(of: results, steps: steps)
        let routers = points.map(\.router).reduce(into: [String]()) { names, name in
            if !names.contains(name) { names.append(name) }
        }
        return Chart(
            id: "steps",
            title: "Step time, step by step",
            caption: """
                Start to the last rank's finish, emulated µs, measured steps only: solid lines \
                with points are measured, dashed lines simulated from the same plan and tokens. \
                The axis of times does not start at 0.
                """,
            keys: routers.enumerated().map { index, name in
                Key(label: name, variable: routerVariable(index))
            },
            spec: stepTimesSpec(points, routers),
            height: 320,
            tables: [stepTimesTable(points, routers)]
        )
    }

    private static func stepTimesSpec(_ points: [StepPoint], _ routers: [String]) -> String {
        let names = routers.map(quote).joined(separator: ", ")
        return #"""
            {"description": "Measured and simulated step time of every step and router",
            "autosize": {"type": "fit", "contains": "padding"}, "padding": 4,
            "data": [{"name": "points", "values": \#(array(points.map(\.json)))}],
            "scales": [
              {"name": "x", "type": "point", "range": "width", "padding": 0.3,
               "domain": {"data": "points", "field": "step", "sort": true}},
              {"name": "y", "type": "linear", "range": "height", "nice": true, "zero": false,
               "domain": {"data": "points", "fields": ["measured", "simulated"]}},
              {"name": "colour", "type": "ordinal", "domain": [\#(names)],
               "range": {"signal": "theme.routers"}}],
            "axes": [
              {"scale": "x", "orient": "bottom", "title": "step", "labelOverlap": true},
              {"scale": "y", "orient": "left", "grid": true, "title": "step time, emulated µs",
               "tickCount": 6, "format": ",~f"}],
            "marks": [{"type": "group",
              "from": {"facet": {"name": "line", "data": "points", "groupby": "router"}},
              "marks": [
                \#(line("simulated", dash: "[2, 4]", width: 2)),
                \#(line("measured", dash: "[1, 0]", width: 1.5)),
                {"type": "symbol", "from": {"data": "line"}, "encode": {"update": {
                  "x": {"scale": "x", "field": "step"},
                  "y": {"scale": "y", "field": "measured"}, "size": {"value": 36},
                  "fill": {"scale": "colour", "field": "router"},
                  "tooltip": {"signal": "\#(tooltip)"}}}}]}]}
            """#
    }

    private static let tooltip =
        "datum.router + ', step ' + datum.step + ': measured ' + format(datum.measured, ',.1f') "
        + "+ ' µs, simulated ' + format(datum.simulated, ',.1f') + ' µs'"

    private static func line(_ field: String, dash: String, width: Double) -> String {
        #"""
        {"type": "line", "from": {"data": "line"}, "encode": {"update": {
          "x": {"scale": "x", "field": "step"}, "y": {"scale": "y", "field": "\#(field)"},
          "stroke": {"scale": "colour", "field": "router"},
          "strokeDash": {"value": \#(dash)}, "strokeWidth": {"value": \#(width)}}}}
        """#
    }

    private static func stepTimesTable(_ points: [StepPoint], _ routers: [String]) -> HTMLTable {
        let steps = Set(points.map(\.step)).sorted()
        var cells: [Int: [String: String]] = [:]
        for point in points {
            let text = "\(Figure.time(point.measured)) / \(Figure.time(point.simulated))"
            cells[point.step, default: [:]][point.router] = text
        }
        return HTMLTable(
            caption: "Step time, emulated µs, measured / simulated",
            headers: ["step"] + routers,
            rows: steps.map { step in
                ["\(step)"] + routers.map { cells[step]?[$0] ?? "-" }
            }
        )
    }
}

/// One step of one router.
struct StepPoint {
    var step: Int
    var router: String
    var measured: Double
    var simulated: Double

    var json: String {
        """
        {"step": \(step), "router": \(Chart.quote(router)), \
        "measured": \(JSONString.number(measured)), "simulated": \(JSONString.number(simulated))}
        """
    }

    /// From the step records, or from the summaries' samples where those are gone.
    static func points(of results: RunResults, steps: [StepRecord]) -> [StepPoint] {
        let measured = steps.filter { !$0.isWarmup }
        guard measured.isEmpty else {
            return measured.map {
                StepPoint(
                    step: $0.step,
                    router: $0.router,
                    measured: $0.stepTimeUs,
                    simulated: $0.simulatedUs
                )
            }
        }
        return results.routers.flatMap { router in
            zip(router.stepTimeUs.samples, router.simulatedSamples).enumerated().map {
                StepPoint(
                    step: $0.offset,
                    router: router.name,
                    measured: $0.element.0,
                    simulated: $0.element.1
                )
            }
        }
    }
}
