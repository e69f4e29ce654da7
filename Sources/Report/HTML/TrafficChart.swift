// Who sends how much to whom: a heat map of ranks, one router at a time.

extension Chart {
    /// Ranks beyond which the table sums up nodes instead.
    private static let tableRanksMax = 16

    /// Bytes of a step from rank (row) to rank (column), all routers on one colour scale.
    static func traffic(of results: RunResults) -> Chart {
        let routers = results.routers.filter { !$0.traffic.isEmpty }
        let cells = routers.flatMap { router in
            router.traffic.flatMap { $0 }.map(router.perStep)
        }
        let most = cells.max() ?? 0
        let unit = Figure.byteUnit(for: most)
        let perNode = results.npusPerNode
        let note =
            results.routers.contains { $0.sumBytes != nil }
            ? " Sums of gradients and counts are not in it (links.csv has them)." : ""
        return Chart(
            id: "traffic",
            title: "Who sends to whom",
            caption: """
                Payload from rank (row) to rank (column), both exchanges, mean of a step, on one \
                scale for all routers. The diagonal stays on the NPU; lines part the nodes.\(note)
                """,
            spec: trafficSpec(routers, most: most / unit.size, unit: unit, perNode: perNode),
            height: 560,
            isSquare: true,
            choice: Choice(label: "Router", signal: "router", options: routers.map(\.name)),
            rampEnd: "\(Figure.bytes(most)) a step",
            tables: routers.map { trafficTable($0, unit: unit, perNode: perNode) }
        )
    }

    private static func trafficSpec(
        _ routers: [RouterResults],
        most: Double,
        unit: (size: Double, name: String),
        perNode: Int
    ) -> String {
        let rows = routers.flatMap { router in
            router.traffic.enumerated().map { from, row in
                let values = row.map { JSONString.number(rounded(router.perStep($0) / unit.size)) }
                return """
                    {"router": \(quote(router.name)), "from": \(from), \
                    "row": [\(values.joined(separator: ","))]}
                    """
            }
        }
        let world = routers.map(\.traffic.count).max() ?? 0
        let first = quote(routers.first?.name ?? "")
        return #"""
            {"description": "Bytes from each rank to each rank",
            "autosize": {"type": "fit", "contains": "padding"}, "padding": 2,
            "signals": [{"name": "router", "value": \#(first)},
              {"name": "every", "update": "ceil(\#(world) / (width < 420 ? 8 : 16))"}],
            "data": [
              {"name": "all", "values": \#(array(rows))},
              {"name": "cells", "source": "all", "transform": [
                {"type": "filter", "expr": "datum.router === router"},
                {"type": "flatten", "fields": ["row"], "index": "to", "as": ["bytes"]}]},
              {"name": "borders", "values": \#(borders(world, perNode))}],
            "scales": [
              {"name": "x", "type": "band", "range": "width",
               "domain": {"signal": "sequence(\#(world))"}},
              {"name": "y", "type": "band", "range": "height",
               "domain": {"signal": "sequence(\#(world))"}},
              {"name": "colour", "type": "linear", "zero": true, "interpolate": "lab",
               "domain": [0, \#(most / 2), \#(most)], "range": {"signal": "theme.ramp"}}],
            "axes": [
              {"scale": "x", "orient": "top", "title": "to rank", "ticks": false,
               "domain": false, "values": {"signal": "sequence(0, \#(world), every)"}},
              {"scale": "y", "orient": "left", "title": "from rank", "ticks": false,
               "domain": false, "values": {"signal": "sequence(0, \#(world), every)"}}],
            "marks": [
              {"type": "rect", "from": {"data": "cells"}, "encode": {"update": {
                "x": {"scale": "x", "field": "to"}, "width": {"scale": "x", "band": 1},
                "y": {"scale": "y", "field": "from"}, "height": {"scale": "y", "band": 1},
                "fill": {"scale": "colour", "field": "bytes"},
                "tooltip": {"signal":
                  "datum.from + ' to ' + datum.to + ': ' + datum.bytes + ' \#(unit.name)'"}}}},
              {"type": "rule", "from": {"data": "borders"}, "encode": {"update": {
                "x": {"scale": "x", "field": "data"}, "y": {"value": 0},
                "y2": {"signal": "height"}, "stroke": {"signal": "theme.text"}}}},
              {"type": "rule", "from": {"data": "borders"}, "encode": {"update": {
                "y": {"scale": "y", "field": "data"}, "x": {"value": 0},
                "x2": {"signal": "width"}, "stroke": {"signal": "theme.text"}}}}]}
            """#
    }

    /// Three decimals suffice for a colour, and keep a page of 256 ranks small.
    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    private static func borders(_ world: Int, _ perNode: Int) -> String {
        array(stride(from: perNode, to: world, by: perNode).map { "\($0)" })
    }

    private static func trafficTable(
        _ router: RouterResults,
        unit: (size: Double, name: String),
        perNode: Int
    ) -> HTMLTable {
        let isFine = router.traffic.count <= tableRanksMax
        let matrix = isFine ? router.traffic : byNode(router.traffic, perNode)
        let what = isFine ? "rank" : "node"
        return HTMLTable(
            caption: "\(router.name): from \(what) (row) to \(what) (column), "
                + "\(unit.name) a step, mean",
            headers: ["from"] + matrix.indices.map { "\(what) \($0)" },
            rows: matrix.enumerated().map { from, row in
                ["\(what) \(from)"] + row.map { Figure.fixed(router.perStep($0) / unit.size, 2) }
            }
        )
    }

    private static func byNode(_ traffic: [[Int]], _ perNode: Int) -> [[Int]] {
        let nodes = (traffic.count + perNode - 1) / perNode
        var sums = Array(repeating: Array(repeating: 0, count: nodes), count: nodes)
        for (from, row) in traffic.enumerated() {
            for (to, bytes) in row.enumerated() { sums[from / perNode][to / perNode] += bytes }
        }
        return sums
    }
}
