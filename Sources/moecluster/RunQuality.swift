// What the routers of a run learn, beside what it costs: recorded as the steps come.

import ClusterModel
import ClusterRuntime
import MoELayer
import Report

/// The records of a run's routers.
final class RunQuality {
    private let reference: TrainingReference
    private let heldOutEvery: Int
    private var recorders: [QualityRecorder]
    /// Emulated µs of the steps so far, by router; what was learned before them has no clock.
    private var elapsed: [Double]

    /// Listens to the reference.
    init(_ reference: TrainingReference, plan: ClusterPlan) {
        self.reference = reference
        heldOutEvery = plan.training.heldOutEvery
        let routers = plan.routing.routers.indices
        recorders = routers.map {
            QualityRecorder(reference.settings(router: $0), hasLinks: true)
        }
        elapsed = routers.map { _ in 0 }
        reference.onStep = { [unowned self] in recorders[$0].record($1, step: $2) }
    }

    /// Whether what all ranks count decides on mode and C of any router.
    var adapts: Bool {
        recorders.indices.contains { reference.settings(router: $0).adaptation != nil }
    }

    /// A step that a router has just learned was played.
    func played(_ record: StepRecord, router: Int) {
        elapsed[router] += record.stepTimeUs
        recorders[router].ended(
            atEmulated: elapsed[router],
            interNodeBytes: record.bytes.interNode
        )
        let step = reference.step(router: router)
        if heldOutEvery > 0, step.isMultiple(of: heldOutEvery) { look(router) }
    }

    /// Goes once through the held-out text, after the last step.
    func conclude() {
        for router in recorders.indices
        where recorders[router].heldOut.last?.step != reference.step(router: router) {
            look(router)
        }
    }

    private func look(_ router: Int) {
        recorders[router].record(
            heldOut: reference.heldOut(router: router),
            step: reference.step(router: router),
            emulatedUs: elapsed[router]
        )
    }

    /// What is recorded of a router so far.
    func record(of router: Int) -> LearnedRecord {
        recorders[router].kept(elapsed: elapsed[router])
    }

    /// Goes on from a record of the same run.
    func restore(_ record: LearnedRecord, router: Int) {
        recorders[router].restore(record)
        elapsed[router] = record.elapsed
    }

    /// Puts what was learned beside the results of each router; `names` of the plan's, in order.
    func fill(_ results: inout [RouterResults], names: [String]) {
        var qualities = recorders.map {
            $0.quality(plannedSteps: $0.series.count)
        }
        Quality.compare(&qualities)
        for index in results.indices {
            guard let router = names.firstIndex(of: results[index].name),
                !recorders[router].heldOut.isEmpty
            else { continue }
            results[index].quality = qualities[router]
        }
    }
}
