import ClusterModel
import MoELayer
import Report
import Routing
import Statistics

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

    /// Those whose experts rank tokens, whatever a plan's mode says.
    private static let alwaysRanked: Set<RouterName> = [.ecr, .expertChoice]

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
        let assignments = outcome.assignments[index]
        let decided = outcome.records.indices.contains(index) ? outcome.records[index] : nil
        let resonance = affinities?.resonance(of: outcome, layer: index)
        return QualityLayer(
            capacity: assignments.first?.capacity ?? 0,
            capacitySetBy: decided?.capacitySource ?? "conventional",
            mode: decided?.mode ?? mode.rawValue,
            p: resonance?.truePositive ?? [],
            q: resonance?.falsePositive ?? [],
            delta: resonance.map { AffinitySummary(mean: $0.affinityMean, max: $0.affinityMax) },
            perExpert: sum(assignments.map(\.countPerExpert)),
            chosenPerExpert: sum(assignments.map(\.chosenPerExpert))
        )
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
    mutating func record(
        heldOut outcomes: [LocalTraining.Outcome],
        step: Int,
        emulatedUs: Double? = nil
    ) {
        let loss = outcomes.reduce(0) { $0 + $1.loss } / Double(max(1, outcomes.count))
        heldOut.append(HeldOutPoint(step: step, emulatedUs: emulatedUs, loss: loss))
        heldOutTally = RoutingTally(experts: settings.layout.experts)
        var scatter = ClusterScatter(
            groups: settings.layout.experts,
            width: settings.dimensions.width
        )
        for outcome in outcomes {
            heldOutTally.add(outcome.tally)
            guard let batches = outcome.tokens.first, let assignments = outcome.assignments.first
            else { continue }
            for (batch, assignment) in zip(batches, assignments) {
                for pair in assignment.pairs where pair.isKept {
                    scatter.add(batch.row(pair.token), group: pair.expert.index)
                }
            }
        }
        calinskiHarabasz = scatter.calinskiHarabasz
        betweenOverWithin = scatter.betweenOverWithin
        placement = PlacementStudy(layout: settings.layout, seed: settings.seed).gain(outcomes)
    }

    private var mode: SelectionMode {
        guard case .router(let name) = settings.candidate else { return .tcr }
        if Self.alwaysRanked.contains(name) { return .ecr }
        return name == .locmoePlus ? settings.routing.mode.start : .tcr
    }

    /// What moves the mode; nil where it stays what it is.
    private var modeRule: ModeRecord.Rule? {
        switch settings.adaptation?.settings.trigger {
        case .corollary: .corollary
        case .schedule: .schedule
        case .fixed, nil: nil
        }
    }

    private func sum(_ counts: [[Int]]) -> [Int] {
        counts.dropFirst().reduce(counts.first ?? []) { zip($0, $1).map { $0 + $1 } }
    }
}

extension Assignment {
    /// Pairs that chose each expert, kept or not, [experts].
    fileprivate var chosenPerExpert: [Int] {
        var counts = [Int](repeating: 0, count: experts)
        for pair in pairs { counts[pair.expert.index] += 1 }
        return counts
    }
}
