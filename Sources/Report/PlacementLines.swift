// What placing experts would save, in words for a terminal.

/// A line for each router that learned several layers.
enum PlacementLines {
    /// `marked`: as comments of a table, or else under the label "placement".
    static func lines(of trained: [(name: String, quality: Quality?)], marked: Bool = false)
        -> [String]
    {
        var seen: Set<String> = []
        let texts = trained.compactMap { name, quality in
            quality?.placement.flatMap { seen.insert(name).inserted ? sentence(name, $0) : nil }
        }
        guard !texts.isEmpty else { return [] }
        let source =
            "Tokens that change place from one layer to the next, experts in turn -> placed by "
            + "exflow (profiled on half of the held-out text, counted on the rest): "
        let text = source + texts.joined(separator: "; ") + "."
        guard marked else { return TextTable.labelled("placement", text) }
        return TextTable.wrapped(text, width: TextTable.width - 2).map { "# " + $0 }
    }

    private static func sentence(_ name: String, _ gain: PlacementGain) -> String {
        "\(name) NPU \(Figure.percent(gain.inTurn.npu)) -> \(Figure.percent(gain.exflow.npu)), node "
            + "\(Figure.percent(gain.inTurn.node)) -> \(Figure.percent(gain.exflow.node))"
    }
}
