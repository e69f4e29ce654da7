import ClusterModel
import MoELayer
import Report
import Routing
import Statistics

/// What a look at the whole held-out text came to: made on the thread that looked, so that nobody
/// waits for it who only keeps records.
struct HeldOutLook {
    /// Mean cross-entropy, in nats.
    let loss: Double
    let tally: RoutingTally
    let calinskiHarabasz: Double?
    let betweenOverWithin: Double?
    /// Nil but of the last look, where there are several layers.
    let placement: PlacementGain?

    /// - Parameters:
    ///   - outcomes: a step for each part of the text.
    ///   - settings: of who looked.
    ///   - isLast: whether experts are placed as well, which takes time by the cube of them.
    init(_ outcomes: [LocalTraining.Outcome], by settings: TrainingSettings, isLast: Bool) {
        loss = outcomes.reduce(0) { $0 + $1.loss } / Double(max(1, outcomes.count))
        var tally = RoutingTally(experts: settings.layout.experts)
        var scatter = ClusterScatter(
            groups: settings.layout.experts,
            width: settings.dimensions.width
        )
        for outcome in outcomes {
            tally.add(outcome.tally)
            guard let batches = outcome.tokens.first, let assignments = outcome.assignments.first
            else { continue }
            for (batch, assignment) in zip(batches, assignments) {
                for pair in assignment.pairs where pair.isKept {
                    scatter.add(batch.row(pair.token), group: pair.expert.index)
                }
            }
        }
        self.tally = tally
        calinskiHarabasz = scatter.calinskiHarabasz
        betweenOverWithin = scatter.betweenOverWithin
        placement =
            isLast
            ? PlacementStudy(layout: settings.layout, seed: settings.seed).gain(outcomes) : nil
    }
}
