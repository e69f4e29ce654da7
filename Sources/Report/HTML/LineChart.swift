// Lines with points over two axes, linear unless said, a colour for each series: what several charts share.

extension Chart {
    /// Names in order of appearance, each once, with a colour each.
    struct Series {
        let names: [String]

        init(_ all: [String]) {
            names = all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }

        var keys: [Key] {
            names.enumerated().map { Key(label: $1, variable: Chart.routerVariable($0)) }
        }
    }

    /// The specification.
    ///
    /// - Parameters:
    ///   - rows: objects with `series`, `x` and `y`, and whatever `filter` asks.
    ///   - series: in the order of their colours.
    ///   - x: the title below, as JSON: a string or a signal.
    ///   - y: the title beside, likewise.
    ///   - filter: an expression over a row, `datum`.
    ///   - signals: a JSON array; `choice` of them.
    ///   - startsAtZero: whether the vertical axis does.
    ///   - symbolSize: of the points; 0 for none.
    ///   - xScale: members of the scale below, as JSON.
    ///   - xAxis: members of its axis.
    /// - Returns: a specification of Vega, without size and theme.
    static func lineSpec(
        _ rows: [String],
        _ series: Series,
        x: String,
        y: String,
        filter: String,
        signals: String,
        startsAtZero: Bool = true,
        symbolSize: Int = 30,
        xScale: String = #""nice": true, "zero": false"#,
        xAxis: String = #""tickCount": 6"#
    ) -> String {
        let names = array(series.names.map(quote))
        let encode = #"""
            "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"},
            """#
        return #"""
            {"description": "Lines over an axis",
            "autosize": {"type": "fit", "contains": "padding", "resize": true}, "padding": 2,
            "signals": \#(signals),
            "data": [{"name": "rows", "values": \#(array(rows)),
              "transform": [{"type": "filter", "expr": \#(quote(filter))}]}],
            "scales": [
              {"name": "x", "range": "width", \#(xScale),
               "domain": {"data": "rows", "field": "x"}},
              {"name": "y", "range": "height", "nice": true, "zero": \#(startsAtZero),
               "domain": {"data": "rows", "field": "y"}},
              {"name": "colour", "type": "ordinal", "domain": \#(names),
               "range": {"signal": "theme.routers"}}],
            "axes": [
              {"scale": "x", "orient": "bottom", "title": \#(x), \#(xAxis)},
              {"scale": "y", "orient": "left", "grid": true, "title": \#(y), "tickCount": 6}],
            "marks": [
              {"type": "group", "from": {"facet": {"name": "line", "data": "rows",
                "groupby": "series"}}, "marks": [
                {"type": "line", "from": {"data": "line"},
                 "sort": {"field": "x"}, "encode": {"update": {\#(encode)
                 "stroke": {"scale": "colour", "field": "series"},
                 "strokeWidth": {"value": 2}}}}]},
              {"type": "symbol", "from": {"data": "rows"}, "encode": {"update": {\#(encode)
                "fill": {"scale": "colour", "field": "series"}, "size": {"value": \#(symbolSize)},
                "tooltip": {"signal":
                  "datum.series + ' at ' + format(datum.x, ',') + ': ' + format(datum.y, '.4g')"}}}}]}
            """#
    }
}
