// What the routers of a comparison learned for their costs, beside the sentence of those costs.

extension Headline {
    /// With a space in front; empty where either did not learn.
    ///
    /// "Its held-out loss is 1.1 % higher (4.7726, switch 4.7202); it comes to a training loss of
    /// 4.86 in 392 ms, switch in 379 ms. …"
    static func learning(_ candidate: RouterResults, _ baseline: RouterResults) -> String {
        guard let own = candidate.quality, let other = baseline.quality,
            own.heldOutLoss.isFinite, other.heldOutLoss.isFinite
        else { return "" }
        let (a, b) = (Figure.fixed(own.heldOutLoss, 4), Figure.fixed(other.heldOutLoss, 4))
        let loss =
            " Its held-out loss is \(comparison(own.heldOutLoss / other.heldOutLoss - 1)) "
            + "(\(a), \(baseline.name) \(b))"
        let reached = time(own.timeToLoss, other.timeToLoss, baseline.name)
        return loss + (reached.map { "; " + $0 } ?? "") + "."
            + saved(candidate, baseline)
    }

    private static func comparison(_ change: Double) -> String {
        guard abs(change) >= 0.0005 else { return "the same" }
        return "\(Figure.percent(abs(change))) \(change < 0 ? "lower" : "higher")"
    }

    /// When both, or one of them, came to a loss; nil where neither is known to have.
    private static func time(
        _ own: TimeToLoss?,
        _ other: TimeToLoss?,
        _ baseline: String
    ) -> String? {
        guard let any = own ?? other else { return nil }
        let measure = any.smoothedSteps == nil ? "held-out" : "training"
        let loss = "a \(measure) loss of \(Figure.fixed(any.loss, 2))"
        return switch (own, other) {
        case (let own?, let other?):
            "it comes to \(loss) \(duration(own)), \(baseline) \(duration(other))"
        case (let own?, nil): "it comes to \(loss) \(duration(own)), \(baseline) does not"
        case (nil, let other?): "it does not come to \(loss), \(baseline) does \(duration(other))"
        case (nil, nil): nil
        }
    }

    private static func duration(_ reached: TimeToLoss) -> String {
        guard let us = reached.emulatedUs else { return "after \(reached.step) steps" }
        return us < 10_000 ? "in \(Figure.time(us)) µs" : "in \(Figure.fixed(us / 1000, 0)) ms"
    }

    /// What experts compute less of: fewer slots, or fewer than the baseline's experts compute.
    private static func saved(_ candidate: RouterResults, _ baseline: RouterResults) -> String {
        let own = candidate.perStep(candidate.tokens.routed)
        let other = baseline.perStep(baseline.tokens.routed)
        guard own > 0, other > 0 else { return "" }
        let change = own / other - 1
        let computed =
            abs(change) < 0.0005
            ? " Its experts compute as many pairs as those of \(baseline.name)"
            : " Its experts compute \(Figure.percent(abs(change))) "
                + "\(change < 0 ? "fewer" : "more") pairs than those of \(baseline.name)"
        guard let empty = candidate.quality?.emptySlotShare,
            let others = baseline.quality?.emptySlotShare
        else { return computed + "." }
        return computed + ", and \(Figure.percent(empty)) fewer than they have slots for "
            + "(\(baseline.name) \(Figure.percent(others)))."
    }
}
