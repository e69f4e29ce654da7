// A figure of every expert over steps, as a heat map: which experts tokens choose, p and q.

/// Experts by steps, of one layer of one router; of several, one is shown.
struct ExpertMap {
    /// One picture.
    struct Picture {
        /// What the choice calls it.
        var name: String
        /// The router it is of.
        var group: String
        var steps: [LayerHistory.Step]
        /// Of a step, [experts]; a missing value leaves its cell empty.
        var values: (QualityLayer) -> [Double?]
    }

    var id: String
    var title: String
    var caption: String
    /// Label of the choice.
    var label: String
    /// What the deepest colour stands for.
    var most: Double
    var rampEnd: String
    var decimals = 2
    var pictures: [Picture]

    /// A picture of each layer that has figures, of each router.
    static func pictures(
        of groups: [DecisionGroup],
        _ values: @escaping (QualityLayer) -> [Double?]
    ) -> [Picture] {
        groups.flatMap { group in
            group.layers.map { layer in
                Picture(name: layer.name, group: group.name, steps: layer.steps, values: values)
            }
        }
        .filter { picture in picture.steps.contains { !values($0.record).isEmpty } }
    }

    /// What the choice of a picture is called.
    static func label(of groups: [DecisionGroup]) -> String {
        groups.contains { $0.layerCount > 1 } ? "Router, MoE layer" : "Router"
    }

    /// The most columns: a column is the mean of its steps.
    private static let columnsMax = 80
    /// Columns of the table.
    private static let tableColumnsMax = 10

    /// The chart; nil without pictures.
    var chart: Chart? {
        guard !pictures.isEmpty else { return nil }
        return Chart(
            id: id,
            title: title,
            caption: caption,
            spec: spec,
            height: 360,
            choice: Chart.Choice(label: label, signal: "picture", options: pictures.map(\.name)),
            rampEnd: rampEnd,
            tables: pictures.map(table)
        )
    }

    /// Means of each column, [experts] each, with the first step of each.
    private func columns(
        _ picture: Picture,
        most: Int
    ) -> [(first: Int, last: Int, values: [Double?])] {
        let size = StepBins.size(steps: picture.steps.count, bins: most)
        return stride(from: 0, to: picture.steps.count, by: size).map { start in
            let steps = picture.steps[start..<min(start + size, picture.steps.count)]
            let rows = steps.map { picture.values($0.record) }
            let experts = rows.map(\.count).max() ?? 0
            let means = (0..<experts).map { expert -> Double? in
                let known = rows.compactMap { $0.indices.contains(expert) ? $0[expert] : nil }
                return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
            }
            return (steps.first?.step ?? 0, steps.last?.step ?? 0, means)
        }
    }

    private var rows: [String] {
        pictures.flatMap { picture in
            columns(picture, most: Self.columnsMax).enumerated().map { index, column in
                let values = column.values.map { $0.map(Self.short) ?? "null" }
                return """
                    {"picture": \(Chart.quote(picture.name)), "column": \(index), \
                    "first": \(column.first), "last": \(column.last), \
                    "row": [\(values.joined(separator: ","))]}
                    """
            }
        }
    }

    /// Three decimals suffice for a colour.
    private static func short(_ value: Double) -> String {
        JSONString.number((value * 1000).rounded() / 1000)
    }

    private var spec: String {
        let first = Chart.quote(pictures.first?.name ?? "")
        return #"""
            {"description": "A figure of each expert over steps",
            "autosize": {"type": "fit", "contains": "padding"}, "padding": 4,
            "signals": [{"name": "picture", "value": \#(first)},
              {"name": "experts", "update": "data('all').length ? extent(pluck(data('cells'), 'expert'))[1] + 1 : 0"}],
            "data": [
              {"name": "all", "values": \#(Chart.array(rows))},
              {"name": "cells", "source": "all", "transform": [
                {"type": "filter", "expr": "datum.picture === picture"},
                {"type": "flatten", "fields": ["row"], "index": "expert", "as": ["value"]}]}],
            "scales": [
              {"name": "x", "type": "band", "range": "width",
               "domain": {"data": "cells", "field": "column", "sort": true}},
              {"name": "step", "type": "linear", "range": "width", "zero": false,
               "domain": {"data": "cells", "fields": ["first", "last"]}},
              {"name": "y", "type": "band", "range": "height",
               "domain": {"data": "cells", "field": "expert", "sort": true}},
              {"name": "colour", "type": "linear", "zero": true, "interpolate": "lab",
               "clamp": true, "domain": [0, \#(most / 2), \#(most)],
               "range": {"signal": "theme.ramp"}}],
            "axes": [
              {"scale": "step", "orient": "bottom", "title": "step", "tickCount": 6},
              {"scale": "y", "orient": "left", "title": "expert", "ticks": false,
               "domain": false, "labelOverlap": true}],
            "marks": [
              {"type": "rect", "from": {"data": "cells"}, "encode": {"update": {
                "x": {"scale": "x", "field": "column"}, "width": {"scale": "x", "band": 1},
                "y": {"scale": "y", "field": "expert"}, "height": {"scale": "y", "band": 1},
                "fill": {"signal":
                  "isValid(datum.value) ? scale('colour', datum.value) : 'transparent'"},
                "tooltip": {"signal": "'expert ' + datum.expert + ', steps ' + datum.first + ' to ' + datum.last + ': ' + (isValid(datum.value) ? format(datum.value, '.3f') : 'none')"}}}}]}
            """#
    }

    private func table(_ picture: Picture) -> HTMLTable {
        let columns = columns(picture, most: Self.tableColumnsMax)
        let experts = columns.map(\.values.count).max() ?? 0
        return HTMLTable(
            caption: "\(picture.name), mean over the steps of a column",
            headers: ["expert"] + columns.map { "\($0.first) to \($0.last)" },
            rows: (0..<experts).map { expert in
                ["\(expert)"]
                    + columns.map { column in
                        guard column.values.indices.contains(expert) else { return "-" }
                        return column.values[expert].map { Figure.fixed($0, decimals) } ?? "-"
                    }
            }
        )
    }
}
