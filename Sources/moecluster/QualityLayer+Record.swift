import Report
import Routing

extension QualityLayer {
    /// As a report has it.
    init(_ record: RoutingRecord) {
        self.init(
            capacity: record.capacity,
            capacitySetBy: record.capacitySource,
            mode: record.mode,
            p: record.truePositive,
            q: record.falsePositive,
            delta: record.affinityMean.flatMap { mean in
                record.affinityMax.map { AffinitySummary(mean: mean, max: $0) }
            },
            perExpert: record.keptPerExpert,
            chosenPerExpert: record.chosenPerExpert
        )
    }
}

extension StepRecord {
    /// What its router knew and decided, layer by layer.
    mutating func take(_ records: [RoutingRecord]) {
        layers = records.map(QualityLayer.init)
        rerouted = records.reduce(0) { $0 + $1.rerouted }
    }

    /// The same of a step of training, and the losses on its gate: workers do not tell, but the
    /// process beside them has the same, bit for bit.
    mutating func take(_ step: QualityStep) {
        layers = step.layers
        rerouted = step.rerouted
        routerLosses = step.routerLosses
    }
}
