// How late chunks were: the fidelity of the emulation as a histogram.

import Glibc

extension Chart {
    /// Chunks by lateness in octaves, both axes logarithmic.
    static func lateness(of fidelity: Fidelity) -> Chart {
        let octaves = LatenessOctave.octaves(of: fidelity.histogram)
        return Chart(
            id: "lateness",
            title: "How late chunks were delivered",
            caption: """
                Actual minus modelled delivery of \(Figure.grouped(fidelity.chunks)) chunks, \
                emulated µs; a bar is a factor of two, the leftmost holds all that were on time. \
                Both axes are logarithmic. A run is trusted while p99 stays left of 1 % of the \
                median dispatch.
                """,
            spec: latenessSpec(octaves, fidelity),
            height: 280,
            tables: [
                HTMLTable(
                    caption: "Chunks by lateness, emulated µs",
                    headers: ["above, µs", "up to, µs", "chunks", "share"],
                    rows: octaves.filter { $0.count > 0 }.map { octave in
                        [
                            octave.isOnTime ? "-" : Figure.fixed(octave.low, 3),
                            Figure.fixed(octave.high, 3), Figure.grouped(octave.count),
                            Figure.percent(
                                Double(octave.count) / Double(max(fidelity.chunks, 1)),
                                2
                            ),
                        ]
                    }
                )
            ]
        )
    }

    private static func latenessSpec(_ octaves: [LatenessOctave], _ fidelity: Fidelity) -> String {
        let rows = octaves.map {
            #"{"low": \#($0.low), "high": \#($0.high), "count": \#($0.count)}"#
        }
        let marks = LatenessMark.marks(of: fidelity)
        let low = octaves.first?.low ?? 0.0005
        let high = max(octaves.last?.high ?? 1, (marks.map(\.at).max() ?? 0) * 1.3)
        let most = Double(octaves.map(\.count).max() ?? 1)
        return #"""
            {"description": "Chunks by how late they were delivered",
            "autosize": {"type": "fit", "contains": "padding"}, "padding": 2,
            "data": [{"name": "octaves", "values": \#(array(rows))},
              {"name": "marks", "values": \#(array(marks.map(\.json)))}],
            "scales": [
              {"name": "x", "type": "log", "range": "width", "domain": [\#(low), \#(high)]},
              {"name": "y", "type": "log", "range": "height",
               "domain": [0.6, \#(max(most * 6, 10))]}],
            "axes": [
              {"scale": "x", "orient": "bottom", "title": "lateness, emulated µs (log scale)",
               "values": \#(powersOfTen(from: low, to: high)), "encode": {"labels": {"update": {
                 "text": {"signal": "'' + datum.value"}}}}},
              {"scale": "y", "orient": "left", "grid": true, "title": "chunks (log scale)",
               "values": \#(powersOfTen(from: 1, to: max(most * 6, 10))), "format": ",d"}],
            "marks": [
              {"type": "rect", "from": {"data": "octaves"}, "encode": {"update": {
                "x": {"scale": "x", "field": "low", "offset": 0.5},
                "x2": {"scale": "x", "field": "high", "offset": -0.5},
                "y": {"scale": "y", "signal": "max(datum.count, 0.6)"},
                "y2": {"signal": "height"},
                "fill": {"signal": "theme.accent"},
                "tooltip": {"signal": "format(datum.count, ',d') + ' chunks'"}}}},
              {"type": "rule", "from": {"data": "marks"}, "encode": {"update": {
                "x": {"scale": "x", "field": "at"}, "y": {"field": "top"},
                "y2": {"signal": "height"}, "stroke": {"signal": "theme.text"},
                "strokeDash": {"value": [4, 3]}, "strokeWidth": {"value": 1.5}}}},
              {"type": "text", "from": {"data": "marks"}, "encode": {"update": {
                "x": {"scale": "x", "field": "at"}, "dx": {"signal": "\#(side) ? -5 : 5"},
                "align": {"signal": "\#(side) ? 'right' : 'left'"},
                "y": {"field": "top", "offset": 6}, "baseline": {"value": "middle"},
                "fontSize": {"value": 12}, "text": {"field": "label"},
                "stroke": {"signal": "theme.page"}, "strokeWidth": {"value": 4},
                "strokeJoin": {"value": "round"}}}},
              {"type": "text", "from": {"data": "marks"}, "encode": {"update": {
                "x": {"scale": "x", "field": "at"}, "dx": {"signal": "\#(side) ? -5 : 5"},
                "align": {"signal": "\#(side) ? 'right' : 'left'"},
                "y": {"field": "top", "offset": 6}, "baseline": {"value": "middle"},
                "fontSize": {"value": 12}, "fill": {"signal": "theme.text"},
                "text": {"field": "label"}}}}]}
            """#
    }

    /// Whether a mark stands so far right that its label must stand left of it.
    private static let side = "scale('x', datum.at) > width * 0.5"

    private static func powersOfTen(from low: Double, to high: Double) -> String {
        let first = Int(log10(low).rounded(.up))
        let last = Int(log10(high).rounded(.down))
        guard first <= last else { return "[]" }
        return "[" + (first...last).map { "1e\($0)" }.joined(separator: ", ") + "]"
    }
}

/// A factor of two in lateness, with the chunks in it.
struct LatenessOctave {
    /// Emulated µs, the lower edge; of the on-time bin only for drawing.
    var low: Double
    /// Emulated µs, the upper edge.
    var high: Double
    var count: Int
    /// Whether this is the bin of chunks that were not late.
    var isOnTime: Bool

    /// What the histogram calls on time: 2^10 ps.
    private static let onTimeUs = 0.001024

    /// The histogram's bins summed up by octaves from the on-time bin on, without gaps.
    static func octaves(of bins: [HistogramBin]) -> [LatenessOctave] {
        let indices = bins.map { bin in
            // A hair is taken off, so that an edge exactly on a power of two stays below it.
            max(0, Int((log2(bin.upToUs / onTimeUs) - 1e-9).rounded(.up)))
        }
        guard let last = indices.max() else { return [] }
        var counts = Array(repeating: 0, count: last + 1)
        for (index, bin) in zip(indices, bins) { counts[index] += bin.count }
        return counts.enumerated().map { index, count in
            let high = onTimeUs * exp2(Double(index))
            return LatenessOctave(low: high / 2, high: high, count: count, isOnTime: index == 0)
        }
    }
}

/// A vertical line in the histogram.
struct LatenessMark {
    var at: Double
    var label: String
    /// Pixels from the top, so that two labels never overlap.
    var top: Int

    var json: String {
        #"{"at": \#(at), "label": \#(Chart.quote(label)), "top": \#(top)}"#
    }

    /// p99, and the lateness at which the verdict turns.
    static func marks(of fidelity: Fidelity) -> [LatenessMark] {
        let late = fidelity.latenessUs.p99
        guard late > 0 else { return [] }
        var marks = [(late, "p99 \(Figure.fixed(late, 3)) µs")]
        if fidelity.latenessShareP99 > 0 {
            let limit = late / fidelity.latenessShareP99 * 0.01
            marks.append((limit, "1 % of dispatch \(Figure.fixed(limit, 3)) µs"))
        }
        // The rightmost on top: labels stand to the left, where no taller line is.
        return marks.sorted { $0.0 > $1.0 }.enumerated().map { row, mark in
            LatenessMark(at: mark.0, label: mark.1, top: row * 18)
        }
    }
}
