// One chart of the report: a Vega specification, and beside it everything that needs no script:
// title, caption, legend and the same figures as a table.

/// A chart with its words.
struct Chart {
    /// One entry of a legend; the colour is a CSS variable, so that it follows the theme.
    struct Key {
        var label: String
        var variable: String
    }

    /// Unique in the page.
    var id: String
    var title: String
    /// What is shown, with units and statistics.
    var caption: String
    var keys: [Key] = []
    /// A specification of Vega 5, as JSON fit for a `script` element.
    ///
    /// The page's script adds `width`, `height`, and a signal `theme` with colours.
    var spec: String
    /// CSS pixels on a wide screen.
    var height: Int
    /// Whether the chart is as high as it is wide.
    var isSquare = false
    /// A choice that sets a signal of the specification.
    var choice: Choice?
    /// What the deepest colour of a ramp from 0 stands for, with its unit.
    var rampEnd: String?
    /// The same figures in words, below the chart.
    var tables: [HTMLTable]

    /// A selector that belongs to a chart.
    struct Choice {
        var label: String
        var signal: String
        var options: [String]
    }

    /// The figure; without a script there are only the tables, and they are open.
    func html(withCharts: Bool) -> String {
        let figures = tables.map(\.html).joined(separator: "\n")
        let drawing = withCharts ? [controls, legend, canvas].joined(separator: "\n") : ""
        return """
            <figure id="\(id)" aria-labelledby="\(id)-title">
            <h3 id="\(id)-title">\(HTMLText.escape(title))</h3>
            \(drawing)
            <figcaption>\(HTMLText.prose(caption))</figcaption>
            <details\(withCharts ? "" : " open")><summary>The same as a table</summary>
            \(figures)
            </details>
            </figure>
            """
    }

    private var canvas: String {
        """
        <div class="chart\(isSquare ? " square" : "")" data-height="\(height)"></div>
        <script type="application/json">\(spec)</script>
        """
    }

    private var legend: String {
        if let rampEnd {
            let end = HTMLText.escape(rampEnd)
            return "<p class=\"legend\">0 <span class=\"ramp\"></span> \(end)</p>"
        }
        guard !keys.isEmpty else { return "" }
        let items = keys.map {
            "<li><span class=\"swatch\" style=\"background:var(\($0.variable))\"></span>"
                + "\(HTMLText.escape($0.label))</li>"
        }
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }

    private var controls: String {
        guard let choice, choice.options.count > 1 else { return "" }
        let options = choice.options.map { option in
            let text = HTMLText.escape(option)
            return "<option value=\"\(text)\">\(text)</option>"
        }
        return """
            <p class="choice"><label>\(HTMLText.escape(choice.label))
            <select data-signal="\(choice.signal)">\(options.joined())</select></label></p>
            """
    }
}

extension Chart {
    /// How many routers have a colour of their own; further ones start over.
    static let routerColours = 8

    /// The CSS variable of the router at `index`.
    static func routerVariable(_ index: Int) -> String { "--router-\(index % routerColours)" }

    /// A JSON string that may stand in a `script` element.
    static func quote(_ text: String) -> String { JSONString.quote(text, forHTML: true) }

    /// Rows of data as a JSON array.
    static func array(_ rows: [String]) -> String { "[" + rows.joined(separator: ",\n") + "]" }
}
