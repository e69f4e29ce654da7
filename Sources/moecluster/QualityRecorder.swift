import ClusterModel
import MoELayer
import Report
import Routing

/// Keeps the records of what is learned in this process, for results and pictures.
struct QualityRecorder {
    private let settings: TrainingSettings
    /// What tells p, q and δ; nil for routers without affinities.
    private let affinities: AffinityEstimates?
    private(set) var series: [QualityStep] = []
    private(set) var heldOut: [HeldOutPoint] = []
    private(set) var calinskiHarabasz: Double?
    private(set) var betweenOverWithin: Double?
    /// Of the last look at the held-out text, where there are several layers.
    private(set) var placement: PlacementGain?
    /// Of the last look at the held-out text.
    private(set) var heldOutTally: RoutingTally

    /// Whether links will tell how many bytes a step takes.
    private let hasLinks: Bool

    init(_ settings: TrainingSettings, hasLinks: Bool = false) {
        self.hasLinks = hasLinks
        self.settings = settings
        heldOutTally = RoutingTally(experts: settings.layout.experts)
        affinities = AffinityEstimates(settings)
    }

    /// What a run has learned so far.
    func quality(plannedSteps: Int) -> Quality {
        let last = series.suffix(max(1, plannedSteps / 10))
        return Quality(
            trainLoss: last.reduce(0) { $0 + $1.trainLoss } / Double(max(1, last.count)),
            heldOutLoss: heldOut.last?.loss ?? .nan,
            series: series,
            heldOut: heldOut,
            calinskiHarabasz: calinskiHarabasz,
            betweenOverWithin: betweenOverWithin,
            placement: placement,
            relevance: affinities.map { _ in settings.routing.relevance.rawValue },
            modeRule: modeRule
        )
    }

    /// What it holds, to go on from.
    func kept(elapsed: Double) -> LearnedRecord {
        LearnedRecord(
            series: series,
            heldOut: heldOut,
            calinskiHarabasz: calinskiHarabasz,
            betweenOverWithin: betweenOverWithin,
            placement: placement,
            elapsed: elapsed
        )
    }

    /// Goes on from what another recorder of the same run has kept.
    mutating func restore(_ record: LearnedRecord) {
        (series, heldOut) = (record.series, record.heldOut)
        (calinskiHarabasz, placement) = (record.calinskiHarabasz, record.placement)
        betweenOverWithin = record.betweenOverWithin
    }

    /// Takes a training step.
    mutating func record(_ outcome: LocalTraining.Outcome, step: Int) {
        let layers = outcome.assignments.indices.map { layer(of: outcome, $0) }
        let tally = outcome.tally
        // What goes over links they will tell.
        let bytes =
            hasLinks || layers.isEmpty
            ? nil
            : tally.keptAway * settings.dimensions.width * settings.element.bytes * Self.crossings
        series.append(
            QualityStep(
                step: step,
                trainLoss: outcome.loss,
                offered: tally.offered,
                kept: tally.kept,
                rerouted: layers.isEmpty ? nil : outcome.records.reduce(0) { $0 + $1.rerouted },
                slots: layers.isEmpty ? nil : slots(of: outcome),
                routerLosses: losses(of: outcome),
                layers: layers,
                interNodeBytes: bytes
            )
        )
    }

    /// Room of all experts for the tokens of all ranks.
    private func slots(of outcome: LocalTraining.Outcome) -> Int {
        outcome.assignments.joined().reduce(0) { sum, assignment in
            sum + assignment.experts * assignment.capacity
        } / (settings.scope == .global ? max(1, outcome.assignments[0].count) : 1)
    }

    /// The losses that the router is taught by; nil where it is by none.
    private func losses(of outcome: LocalTraining.Outcome) -> RouterLossRecord? {
        let (factors, values) = (settings.losses, outcome.routerLosses)
        let record = RouterLossRecord(
            auxiliary: factors.auxiliary > 0 ? values.auxiliary : nil,
            locality: factors.locality > 0 ? values.locality : nil,
            allocation: factors.allocation > 0 ? values.allocation : nil,
            choices: factors.choices > 0 ? values.choices : nil
        )
        return record.isEmpty ? nil : record
    }

    /// What a layer's router knew and decided.
    private func layer(of outcome: LocalTraining.Outcome, _ index: Int) -> QualityLayer {
        var record = outcome.records[index]
        record.take(affinities?.resonance(of: outcome, layer: index))
        if record.mode == nil, case .router(let name) = settings.candidate {
            record.mode = name.truncation(settings.routing.mode)?.rawValue
        }
        return QualityLayer(record)
    }

    /// The step recorded last ended so long after training's first step on the clock.
    mutating func ended(atEmulated microseconds: Double, interNodeBytes: Int, isWarmup: Bool) {
        guard !series.isEmpty else { return }
        series[series.count - 1].isWarmup = isWarmup
        series[series.count - 1].emulatedUs = microseconds
        series[series.count - 1].interNodeBytes = interNodeBytes
    }

    /// Dispatch and combine, forward and backward.
    private static let crossings = 4

    /// Takes a look at the whole held-out text, after `step` steps.
    mutating func record(_ look: HeldOutLook, step: Int, emulatedUs: Double? = nil) {
        heldOut.append(HeldOutPoint(step: step, emulatedUs: emulatedUs, loss: look.loss))
        heldOutTally = look.tally
        calinskiHarabasz = look.calinskiHarabasz
        betweenOverWithin = look.betweenOverWithin
        placement = look.placement
    }

    /// What moves the mode; nil where it stays what it is.
    private var modeRule: ModeRecord.Rule? {
        switch settings.adaptation?.settings.trigger {
        case .corollary: .corollary
        case .schedule: .schedule
        case .fixed, nil: nil
        }
    }
}
