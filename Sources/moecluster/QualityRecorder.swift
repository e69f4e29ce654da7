import ClusterModel
import MoELayer
import Report
import Routing
import Statistics

/// Keeps the records of what is learned in this process, for results and pictures.
struct QualityRecorder {
    private let settings: TrainingSettings
    /// The gate whose affinities tell p, q and δ; nil for routers without affinities.
    private let pooling: GroupedAveragePooling?
    private(set) var series: [QualityStep] = []
    private(set) var heldOut: [HeldOutPoint] = []
    private(set) var calinskiHarabasz: Double?
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
        guard case .router(let name) = settings.candidate, Self.haveAffinities.contains(name) else {
            pooling = nil
            return
        }
        pooling = GroupedAveragePooling(
            experts: settings.layout.experts,
            width: settings.dimensions.width
        )
    }

    private static let haveAffinities: Set<RouterName> = [.locmoe, .locmoePlus, .tcr, .ecr]
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
            placement: placement
        )
    }

    /// What it holds, to go on from.
    func kept(elapsed: Double) -> LearnedRecord {
        LearnedRecord(
            series: series,
            heldOut: heldOut,
            calinskiHarabasz: calinskiHarabasz,
            placement: placement,
            elapsed: elapsed
        )
    }

    /// Goes on from what another recorder of the same run has kept.
    mutating func restore(_ record: LearnedRecord) {
        (series, heldOut) = (record.series, record.heldOut)
        (calinskiHarabasz, placement) = (record.calinskiHarabasz, record.placement)
    }

    /// Takes a training step.
    mutating func record(_ outcome: LocalTraining.Outcome, step: Int) {
        var record = QualityStep(step: step, trainLoss: outcome.loss)
        if let first = outcome.assignments.first {
            record.offered = outcome.tally.offered
            record.kept = outcome.tally.kept
            record.capacity = first.first?.capacity ?? 0
            record.capacitySetBy = outcome.records.first?.capacitySource ?? "conventional"
            record.mode = outcome.records.first?.mode ?? mode.rawValue
            record.perExpert = sum(first.map(\.countPerExpert))
            record.chosenPerExpert = sum(first.map(\.chosenPerExpert))
            record.interNodeBytes =
                hasLinks
                ? nil
                : outcome.tally.keptAway * settings.dimensions.width * settings.element.bytes
                    * Self.crossings
        }
        if settings.adaptation != nil, let decided = outcome.records.first {
            // What the decision rested on, whatever the classes.
            record.p = decided.truePositive
            record.q = decided.falsePositive
            record.delta = AffinitySummary(
                mean: decided.affinityMean ?? 0,
                max: decided.affinityMax ?? 0
            )
        } else if let resonance = resonance(of: outcome.tokens.first ?? []) {
            record.p = resonance.truePositive
            record.q = resonance.falsePositive
            record.delta = AffinitySummary(
                mean: resonance.affinityMean,
                max: resonance.affinityMax
            )
        }
        series.append(record)
    }

    /// The step recorded last ended so long after training's first step on the clock.
    mutating func ended(atEmulated microseconds: Double, interNodeBytes: Int) {
        guard !series.isEmpty else { return }
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
        placement = PlacementStudy(layout: settings.layout, seed: settings.seed).gain(outcomes)
    }

    private var mode: SelectionMode {
        guard case .router(let name) = settings.candidate else { return .tcr }
        if Self.alwaysRanked.contains(name) { return .ecr }
        return name == .locmoePlus ? settings.routing.mode.start : .tcr
    }

    /// p, q and δ over all ranks; tokens are classed by their domains.
    private func resonance(of batches: [TokenBatch]) -> Resonance? {
        guard let pooling, let first = batches.first.map(counts(pooling)) else { return nil }
        let counts = batches.dropFirst().reduce(into: first) { $0.add(self.counts(pooling)($1)) }
        return counts.resonance
    }

    private func counts(_ pooling: GroupedAveragePooling) -> (TokenBatch) -> ResonanceCounts {
        { [topK = settings.routing.topK, domains = settings.domains] batch in
            ResonanceCounts(
                of: pooling.affinities(of: batch),
                topK: topK,
                labels: batch.domains.map(Int.init),
                classes: domains
            )
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
