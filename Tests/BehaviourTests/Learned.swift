import ClusterModel
import MoELayer
import Routing

/// What a course came to with one seed.
struct Learned: Sendable {
    /// Tokens that choose the most chosen expert over the mean, before anything is learned.
    var loadAtStart = 0.0
    /// The same over the last tenth of the steps.
    var loadAtEnd = 0.0
    /// What the commonest class alone makes of the load, if one expert gets all of it.
    var loadOfClass = 0.0
    /// Of held-out text, in nats.
    var loss = 0.0
    /// Tokens that experts compute, of those offered.
    var computed = 0.0
    /// Of those offered, what is computed on another node: bytes between nodes follow it.
    var away = 0.0
    /// Emulated µs of a forward pass through the layer in virtual time.
    var step = 0.0
    /// Of it, the slowest rank's experts.
    var expert = 0.0

    /// Of the tokens computed, those on another node.
    var awayOfComputed: Double { away / computed }
    /// Of the step, what is not the slowest rank's experts.
    var exchange: Double { step - expert }
    /// Tokens computed less than there are slots, as a share of the slots.
    var savedOfSlots: Double { 1 - computed / Course.slots }

    init(_ course: Course, _ reading: Reading, seed: UInt64) throws {
        let settings = course.settings(seed: seed)
        var training = try settings.training(
            settings.initialState,
            frequencies: reading.frequencies
        )
        var late = RoutingTally(experts: course.experts)
        for (step, lesson) in reading.lessons.enumerated() {
            let tally = training.train(lesson).tally
            if step == 0 { loadAtStart = tally.loadMaxOverMean ?? 0 }
            if step >= course.steps - max(1, course.steps / 10) { late.add(tally) }
        }
        loadAtEnd = late.loadMaxOverMean ?? 0
        loadOfClass = reading.commonest * Double(course.experts)
        try look(training, reading, course)
    }

    /// Goes through held-out text.
    private mutating func look(
        _ training: LocalTraining,
        _ reading: Reading,
        _ course: Course
    ) throws {
        let stage = try Stage(course)
        let weight = 1 / Double(reading.heldOut.count)
        var tally = RoutingTally(experts: course.experts)
        for batches in reading.heldOut {
            let outcome = training.evaluate(batches)
            tally.add(outcome.tally)
            loss += weight * outcome.loss
            let times = try stage.play(outcome.assignments[0])
            step += weight * times.step
            expert += weight * times.expert
        }
        computed = Double(tally.kept) / Double(tally.offered)
        away = Double(tally.keptAway) / Double(tally.offered)
    }
}
