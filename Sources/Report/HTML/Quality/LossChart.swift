// Losses as they fall, by step and, where there is a clock, by emulated time.

extension Chart {
    /// The most points of a line: a point is the mean of its steps.
    private static let lossPoints = 40

    /// A line for each router and control; a choice says which loss over what.
    static func losses(of groups: [QualityGroup]) -> Chart {
        let series = Series(groups.map(\.name))
        let views = LossView.all(for: groups)
        let rows = views.flatMap { view in groups.flatMap { lossRows($0, view) } }
        let first = views.first?.name ?? ""
        return Chart(
            id: "losses",
            title: "Loss, step by step",
            caption: """
                Mean cross-entropy in nats; of training the mean over neighbouring steps (and over \
                seeds, if there are several), of held-out text every look at it. The axis of losses \
                does not start at 0.
                """,
            keys: series.keys,
            spec: lineSpec(
                rows,
                series,
                x: #"{"signal": "test(/time/, view) ? 'emulated ms' : 'step'"}"#,
                y: quote("loss, nats"),
                filter: "datum.view === view",
                signals: #"[{"name": "view", "value": \#(quote(first))}]"#,
                startsAtZero: false,
                symbolSize: 12
            ),
            height: 340,
            choice: Choice(label: "Show", signal: "view", options: views.map(\.name)),
            tables: [lossTable(groups)]
        )
    }

    private static func lossRows(_ group: QualityGroup, _ view: LossView) -> [String] {
        view.points(group, most: lossPoints).map { x, loss in
            #"{"view": \#(quote(view.name)), "series": \#(quote(group.name)), "#
                + #""x": \#(JSONString.number(x)), "y": \#(JSONString.number(loss))}"#
        }
    }

    private static func lossTable(_ groups: [QualityGroup]) -> HTMLTable {
        let times = groups.compactMap { $0.runs.first?.timeToLoss }
        let smoothed = times.compactMap(\.smoothedSteps).max()
        let seenIn = smoothed.map { "the mean training loss of \($0) steps" } ?? "held-out text"
        let meaning =
            times.isEmpty
            ? TimeToLoss.nobody
            : "steps (and emulated time) until \(seenIn) had the loss that is named"
        return HTMLTable(
            caption: "Losses in nats; ± half of the 95 % interval over seeds. Reached: \(meaning)",
            headers: ["router", "training, last tenth", "held-out", "seeds", "reached"],
            rows: groups.map { group in
                [
                    group.name, text(group.estimate(\.trainLoss)),
                    text(group.estimate(\.heldOutLoss)), "\(group.runs.count)", reached(group),
                ]
            }
        )
    }

    private static func reached(_ group: QualityGroup) -> String {
        guard let reached = group.runs.first?.timeToLoss else { return "-" }
        let time = reached.emulatedUs.map { ", \(Figure.fixed($0 / 1000, 1)) ms" } ?? ""
        return "\(Figure.fixed(reached.loss, 3)) at step \(reached.step)\(time)"
    }

    static func text(
        _ estimate: (mean: Double, half: Double?)?,
        decimals: Int = 4
    ) -> String {
        guard let estimate else { return "-" }
        let half = estimate.half.map { " ± \(Figure.fixed($0, decimals))" } ?? ""
        return Figure.fixed(estimate.mean, decimals) + half
    }
}

/// Which loss is drawn over what.
private struct LossView {
    var name: String
    var isHeldOut = false
    /// The share of steps that is left out at the beginning, where losses fall off the chart.
    var skipped = 0.0
    var hasClock = false

    /// The views that the groups have figures for.
    static func all(for groups: [QualityGroup]) -> [LossView] {
        let looks = groups.map { $0.runs.first?.heldOut?.count ?? 0 }.max() ?? 0
        let isTimed = groups.contains { $0.steps.contains { $0.emulatedUs != nil } }
        return [false, true].filter { !$0 || isTimed }.flatMap { hasClock in
            let over = hasClock ? " over emulated time" : ""
            var views = [
                LossView(name: "training, last half\(over)", skipped: 0.5, hasClock: hasClock),
                LossView(name: "training, all steps\(over)", hasClock: hasClock),
            ]
            if looks > 1 {
                views.append(
                    LossView(name: "held-out text\(over)", isHeldOut: true, hasClock: hasClock)
                )
            }
            return views
        }
    }

    /// Horizontal place and loss.
    func points(_ group: QualityGroup, most: Int) -> [(Double, Double)] {
        guard !isHeldOut else {
            return (group.runs.first?.heldOut ?? []).compactMap { point in
                let x = hasClock ? point.emulatedUs.map { $0 / 1000 } : Double(point.step)
                return x.map { ($0, point.loss) }
            }
        }
        // Steps that were learned ahead of the first one on the clock have no time.
        let steps = group.steps.filter { !hasClock || $0.emulatedUs != nil }
        let from = steps.first.map { $0.step + Int(Double(steps.count) * skipped) } ?? 0
        func isShown(_ step: QualityStep) -> Bool {
            step.step >= from && (!hasClock || step.emulatedUs != nil)
        }
        let losses = group.binned(points: most) { isShown($0) ? $0.trainLoss : nil }
        guard hasClock else { return losses.map { ($0.step, $0.value) } }
        let times = group.binned(points: most) { isShown($0) ? $0.emulatedUs : nil }
        return zip(times, losses).map { ($0.value / 1000, $1.value) }
    }
}
