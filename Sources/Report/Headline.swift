// The answer of a run in a sentence or two, as its figures have it: better, worse or no
// difference.

/// The sentence that stands above everything else.
enum Headline {
    /// "locmoe+ sends 62 % fewer bytes between nodes than switch and its step takes 0.81x the
    /// time (95 % interval 0.79 to 0.83). …"
    static func text(of results: RunResults) -> String {
        guard let baseline = results.baseline else {
            return "No router has been measured: \(results.outcome)."
        }
        guard let candidate = candidate(in: results, against: baseline) else {
            return alone(baseline)
        }
        let versus = candidate.versusBaseline
        let time = stepTime(versus, candidate: candidate, baseline: baseline)
        let first =
            baseline.bytes.interNode > 0
            ? "\(candidate.name) \(traffic(versus)) between nodes \(than(versus)) "
                + "\(baseline.name) and its step \(time)."
            : "A step of \(candidate.name) \(time)."
        return first + " " + drops(candidate, baseline) + learning(candidate, baseline)
    }

    /// "locmoe+" if it is there to be judged, otherwise the rival with the shortest step.
    private static func candidate(
        in results: RunResults,
        against baseline: RouterResults
    ) -> RouterResults? {
        let rivals = results.routers.filter { $0.name != baseline.name }
        return rivals.first { $0.name == "locmoe+" }
            ?? rivals.min { $0.versusBaseline.stepTimeRatio < $1.versusBaseline.stepTimeRatio }
    }

    private static func traffic(_ versus: VersusBaseline) -> String {
        let change = versus.interNodeBytesRatio - 1
        guard abs(change) >= 0.0005 else { return "sends as many bytes" }
        let digits = abs(change) < 0.1 ? 1 : 0
        let size = Figure.percent(abs(change), digits)
        return "sends \(size) \(change < 0 ? "fewer" : "more") bytes"
    }

    private static func than(_ versus: VersusBaseline) -> String {
        abs(versus.interNodeBytesRatio - 1) >= 0.0005 ? "than" : "as"
    }

    private static func stepTime(
        _ versus: VersusBaseline,
        candidate: RouterResults,
        baseline: RouterResults
    ) -> String {
        // A narrow interval rounded to two digits would look like no interval at all.
        let width = versus.interval.map { $0.high - $0.low } ?? 1
        let digits = width < 0.03 ? 3 : 2
        let ratio = "takes \(Figure.fixed(versus.stepTimeRatio, digits))x the time"
        guard let interval = versus.interval else {
            return ratio + " (one pair of steps: no interval)"
        }
        let low = Figure.fixed(interval.low, digits)
        let high = Figure.fixed(interval.high, digits)
        let isOpen = interval.low <= 1 && interval.high >= 1
        let doubt = isOpen ? "; no difference is shown" : ""
        return ratio + " (95 % interval \(low) to \(high)\(doubt))"
    }

    /// Fewer bytes may only mean more dropped pairs, so both are said together.
    private static func drops(_ candidate: RouterResults, _ baseline: RouterResults) -> String {
        "It drops \(Figure.percent(candidate.tokens.droppedShare)) of the token-expert pairs, "
            + "\(baseline.name) \(Figure.percent(baseline.tokens.droppedShare))."
    }

    private static func alone(_ router: RouterResults) -> String {
        let perStep = Double(router.bytes.interNode) / Double(max(router.steps, 1))
        let samples = router.stepTimeUs.samples.count
        let last = samples < router.steps ? "the last \(samples) of " : ""
        return "A step of \(router.name) takes \(Figure.time(router.stepTimeUs.p50)) µs "
            + "(p50 of \(last)\(router.steps) steps, emulated), "
            + "\(Figure.percent(router.alltoallShare, 0)) of it in All-to-All, "
            + "and sends \(Figure.bytes(perStep)) between nodes."
            + (router.quality.map { " Its held-out loss is \(Figure.fixed($0.heldOutLoss, 4))." }
                ?? "")
    }
}

extension TokenCounts {
    /// Dropped of offered pairs, 0 to 1.
    var droppedShare: Double { offered > 0 ? Double(dropped) / Double(offered) : 0 }
}
