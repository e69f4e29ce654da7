// A horizontal bar for each router, stacked from parts: where a step's time goes, and how far
// its bytes go.

/// One stacked bar a router.
struct StackedBars {
    /// A part of each bar.
    struct Part {
        var name: String
        var variable: String
    }

    /// What the screen reader says of the drawing.
    var description: String
    /// Title of the axis of lengths, with its unit.
    var axis: String
    var routers: [String]
    var parts: [Part]
    /// `values[router][part]`, in the axis' unit.
    var values: [[Double]]
    /// Text behind each bar.
    var totals: [String]
    /// The list of colours in the page's theme, in the order of `parts`.
    var palette: String

    /// CSS pixels: bars, axis and title.
    var height: Int { 34 * routers.count + 58 }

    private var rows: String {
        Chart.array(
            routers.enumerated().flatMap { router, name in
                parts.enumerated().map { index, part in
                    """
                    {"router": \(Chart.quote(name)), "part": \(Chart.quote(part.name)), \
                    "order": \(index), "value": \(JSONString.number(values[router][index]))}
                    """
                }
            }
        )
    }

    private var totalRows: String {
        Chart.array(
            routers.indices.map { index in
                """
                {"router": \(Chart.quote(routers[index])), \
                "sum": \(JSONString.number(values[index].reduce(0, +))), \
                "text": \(Chart.quote(totals[index]))}
                """
            }
        )
    }

    /// The specification.
    var spec: String {
        let names = parts.map { Chart.quote($0.name) }.joined(separator: ", ")
        return #"""
            {"description": \#(Chart.quote(description)),
            "autosize": {"type": "fit", "contains": "padding"}, "padding": 2,
            "data": [
              {"name": "parts", "values": \#(rows), "transform": [
                {"type": "stack", "groupby": ["router"], "sort": {"field": "order"},
                 "field": "value"}]},
              {"name": "totals", "values": \#(totalRows)}],
            "scales": [
              {"name": "y", "type": "band", "range": "height", "padding": 0.28,
               "domain": {"data": "totals", "field": "router"}},
              {"name": "x", "type": "linear", "range": "width", "nice": true, "zero": true,
               "domainMax": {"signal": "longest * (width < 420 ? 1.28 : 1.12)"},
               "domain": {"data": "totals", "field": "sum"}},
              {"name": "colour", "type": "ordinal", "domain": [\#(names)],
               "range": {"signal": "theme.\#(palette)"}}],
            "signals": [{"name": "longest", "update": "extent(pluck(data('totals'), 'sum'))[1]"}],
            "axes": [
              {"scale": "x", "orient": "bottom", "grid": true, "title": \#(Chart.quote(axis)),
               "tickCount": {"signal": "width < 420 ? 3 : 7"}, "format": ",~f"},
              {"scale": "y", "orient": "left", "ticks": false, "domain": false,
               "labelLimit": 130, "labelPadding": 6}],
            "marks": [
              {"type": "rect", "from": {"data": "parts"}, "encode": {"update": {
                "y": {"scale": "y", "field": "router"}, "height": {"scale": "y", "band": 1},
                "x": {"scale": "x", "field": "y0"}, "x2": {"scale": "x", "field": "y1"},
                "fill": {"scale": "colour", "field": "part"},
                "stroke": {"signal": "theme.muted"}, "strokeWidth": {"value": 0.75},
                "tooltip": {"signal":
                  "datum.router + ', ' + datum.part + ': ' + format(datum.value, ',.2f')"}}}},
              {"type": "text", "from": {"data": "totals"}, "encode": {"update": {
                "y": {"scale": "y", "field": "router", "band": 0.5},
                "x": {"scale": "x", "field": "sum", "offset": 5},
                "baseline": {"value": "middle"}, "align": {"value": "left"},
                "fontSize": {"value": 12}, "fill": {"signal": "theme.text"},
                "text": {"field": "text"}}}}]}
            """#
    }
}
