// What the routers of a run learn, beside what it costs: recorded as the steps come.

import ClusterModel
import ClusterRuntime
import MoELayer
import Report
import Synchronization

/// The records of a run's routers, and of the controls beside them.
final class RunQuality {
    private let reference: TrainingReference
    private let heldOutEvery: Int
    private let targetLoss: Double?
    private var recorders: [QualityRecorder]
    /// Emulated µs of the steps so far, by router; what was learned before them has no clock.
    private var elapsed: [Double]

    /// Listens to the reference.
    init(_ reference: TrainingReference, plan: ClusterPlan) {
        self.reference = reference
        heldOutEvery = plan.training.heldOutEvery
        targetLoss = plan.training.targetLoss
        let all = reference.names.indices
        recorders = all.map {
            QualityRecorder(reference.settings(router: $0), hasLinks: true)
        }
        elapsed = all.map { _ in 0 }
        reference.onStep = { [unowned self] in
            recorders[$0].record($1, step: $2)
        }
    }

    /// Whether what all ranks count decides on mode and C of any router.
    var adapts: Bool {
        recorders.indices.contains { reference.settings(router: $0).adaptation != nil }
    }

    /// The step that a router has learned last; nil before the first.
    func last(of router: Int) -> QualityStep? { recorders[router].series.last }

    /// A step that a router has just learned was played.
    ///
    /// - Throws: what `TrainingReference.heldOut` throws.
    func played(_ record: StepRecord, router: Int) throws {
        elapsed[router] += record.stepTimeUs
        recorders[router].ended(
            atEmulated: elapsed[router],
            interNodeBytes: record.bytes.interNode,
            isWarmup: record.isWarmup
        )
        if let look = try lookIfDue(router) { take(look, router) }
    }

    /// The held-out text after the steps a router has learned, if it is to be looked at now.
    ///
    /// Different routers' may be asked for at a time; `take` one after the other.
    ///
    /// - Throws: what `TrainingReference.heldOut` throws.
    func lookIfDue(_ router: Int) throws -> HeldOutLook? {
        let step = reference.step(router: router)
        guard heldOutEvery > 0, step.isMultiple(of: heldOutEvery) else { return nil }
        return try look(router, isLast: step == reference.settings(router: router).steps)
    }

    private func look(_ router: Int, isLast: Bool) throws -> HeldOutLook {
        HeldOutLook(
            try reference.heldOut(router: router),
            by: reference.settings(router: router),
            isLast: isLast
        )
    }

    /// Goes once through the held-out text, after the last step: side by side on the host's cores.
    ///
    /// - Throws: what `TrainingReference.heldOut` throws; then nothing more was seen.
    func conclude() throws {
        let open = recorders.indices.filter {
            recorders[$0].heldOut.last?.step != reference.step(router: $0)
        }
        let turn = Mutex(())
        try HostCores.forEach(below: open.count) { place in
            let look = try look(open[place], isLast: true)
            turn.withLock { _ in take(look, open[place]) }
        }
    }

    /// Keeps a look.
    func take(_ look: HeldOutLook, _ router: Int) {
        recorders[router].record(
            look,
            step: reference.step(router: router),
            // Before the first step on the clock there is no time to tell.
            emulatedUs: elapsed[router] > 0 ? elapsed[router] : nil
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

    /// Puts what was learned into results, of whom it was looked at: beside each router's, and the
    /// controls'.
    func fill(_ results: inout RunResults) {
        guard recorders.contains(where: { !$0.heldOut.isEmpty }) else { return }
        let qualities = qualities
        let seen = recorders.indices.filter { !recorders[$0].heldOut.isEmpty }
        for index in results.routers.indices {
            let router = seen.first { reference.names[$0] == results.routers[index].name }
            results.routers[index].quality = router.map { qualities[$0] }
        }
        let controls = seen.filter(reference.isControl)
        guard !controls.isEmpty else { return }
        results.controls = controls.map {
            ControlResults(name: reference.names[$0], quality: qualities[$0])
        }
    }

    /// What each has learned; routers are compared with each other, controls with what all routers
    /// reached.
    private var qualities: [Quality] {
        let all = recorders.map { $0.quality(plannedSteps: $0.series.count) }
        var routers = all.indices.filter { !reference.isControl($0) }.map { all[$0] }
        var controls = Array(all.dropFirst(routers.count))
        Quality.compare(&routers, others: &controls, target: targetLoss)
        return routers + controls
    }
}
