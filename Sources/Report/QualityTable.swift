// What routers and controls learned, as a table for a terminal.

/// A row for each that was trained.
enum QualityTable {
    /// The lines with a title and a legend; none where nothing was trained.
    static func lines(of results: RunResults) -> [String] {
        let trained = results.trained
        guard !trained.isEmpty else { return [] }
        let baseline = trained.first { $0.name == results.baseline?.name }?.quality.heldOutLoss
        let time = TimeUnit.suiting(
            trained.compactMap(\.quality.timeToLoss?.emulatedUs).max() ?? 0
        )
        var table = TextTable(columns: [
            .init(title: "router", unit: ""),
            .init(title: "train", unit: "loss, nats"),
            .init(title: "held-out", unit: "loss, nats"),
            .init(title: "vs baseline", unit: "held-out"),
            .init(title: "kept", unit: "of pairs"),
            .init(title: "loss reached", unit: "step"),
            .init(title: "in time", unit: "emulated, \(time.name)"),
            .init(title: "C-H index", unit: "and B/W"),
        ])
        table.rows = trained.map { name, quality in
            [
                name, Figure.fixed(quality.trainLoss, 4), Figure.fixed(quality.heldOutLoss, 4),
                baseline.map { Figure.change(quality.heldOutLoss / $0 - 1) } ?? "-",
                quality.keptShare.map { Figure.percent($0) } ?? "-",
                quality.timeToLoss.map { "\($0.step)" } ?? "-",
                quality.timeToLoss?.emulatedUs.map(time.text) ?? "-",
                quality.calinskiHarabasz.map { index in
                    Figure.fixed(index, 0)
                        + (quality.betweenOverWithin.map { ", " + Figure.fixed($0, 3) } ?? "")
                } ?? "-",
            ]
        }
        return ["", "Quality"] + table.lines + [""] + legend(trained.map(\.quality))
            + decisions(trained) + PlacementLines.lines(of: trained)
    }

    /// What adaptive modes did, and what was rerouted; none where neither was asked for.
    private static func decisions(_ trained: [(name: String, quality: Quality)]) -> [String] {
        let modes = trained.compactMap { name, quality in
            quality.modes.map { "\(name) \($0.text(steps: quality.series?.count ?? 0))" }
        }
        let rerouted = trained.compactMap { name, quality -> String? in
            guard let pairs = quality.rerouted, pairs > 0 else { return nil }
            let offered = (quality.series ?? []).reduce(0) { $0 + $1.offered }
            let share = Figure.percent(Double(pairs) / Double(max(1, offered)))
            return "\(name) \(Figure.grouped(pairs)) pairs, \(share) of those offered"
        }
        return [("mode", modes), ("rerouted", rerouted)].flatMap { label, lines in
            lines.isEmpty ? [] : TextTable.labelled(label, lines.joined(separator: "; "))
        }
    }

    private static func legend(_ qualities: [Quality]) -> [String] {
        let reached =
            qualities.compactMap(\.timeToLoss).first.map { "; reached: \($0.measure)" }
            ?? "; reached: \(TimeToLoss.nobody)"
        return TextTable.labelled(
            "quality",
            "train: mean of the last tenth of the steps; kept: of all training steps\(reached); "
                + "C-H: Calinski-Harabasz index of held-out tokens by the expert that keeps them, "
                + "which grows with their number; B/W: their dispersion between experts over that "
                + "within, which does not."
        )
    }
}

extension RunResults {
    /// Routers that learned, and controls beside them, by name.
    var trained: [(name: String, quality: Quality)] {
        routers.compactMap { router in router.quality.map { (router.name, $0) } }
            + (controls ?? []).map { ($0.name, $0.quality) }
    }
}

extension TimeToLoss {
    /// Which loss it is the time to, and how time is told.
    fileprivate var measure: String {
        let loss =
            switch smoothedSteps {
            case nil: "a held-out loss of \(Figure.fixed(self.loss, 4))"
            case 1: "a training loss of \(Figure.fixed(self.loss, 4))"
            case let steps?:
                "a training loss of \(Figure.fixed(self.loss, 4)), mean of \(steps) steps"
            }
        let time =
            emulatedUs == nil ? "" : ", in time from the first, the warm start's at the mean step's"
        return loss + time
    }
}
