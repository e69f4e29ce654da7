// A step of routers that learn as the coordinator plays it: segment after segment, and from the first
// one again when any of them fails, for what ranks have in between lives in their processes alone.

import ClusterModel
import EventLoop
import Exchange
import Membership
import Wire

extension Coordinator {
    /// Runs a step of training with the plan's router of this index until it has ended well or the
    /// ladder has no rung left.
    ///
    /// `segments` are those of a step without these ranks: who is left out may change from one
    /// attempt to the next. `serial` is that of its first segment; those that follow count on.
    ///
    /// - Returns: its segments, in order, of the attempt that ended well.
    public func runTraining(
        _ segments: (_ excluded: Set<Rank>) -> [(segment: StepSegment, shape: StepShape)],
        step: Int,
        router: Int,
        isWarmup: Bool,
        serial: Int
    ) throws -> [StepOutcome] {
        if try rejoinIfDue(before: step) { owedStates = Set(plan.routing.routers.indices) }
        let firstAt = Loop.hostNanoseconds
        if owedStates.remove(router) != nil { try handOver(router) }
        while true {
            do {
                let lastAt = Loop.hostNanoseconds
                var chain = SegmentChain(world: plan.world)
                var outcomes: [StepOutcome] = []
                for (segment, shape) in segments(excluded) {
                    let underWay = StepUnderWay(
                        serial: serial + outcomes.count,
                        step: step,
                        router: router,
                        isWarmup: isWarmup,
                        shape: shape,
                        segment: segment
                    )
                    underWay.leads = chain.leads
                    let outcome = try attempt(underWay, prepares(of: underWay))
                    onSegmentEnded?(outcome)
                    chain.append(finishes: outcome.finishes, excluded: outcome.excluded)
                    outcomes.append(outcome)
                }
                stepEnded(serial, router: router, firstAt: firstAt, lastAt: lastAt)
                rejoins.ended(step: step)
                return outcomes
            } catch let failure as RunFailure {
                try recover(from: failure, in: (serial, router))
                onStepAgain?()
                owedStates = Set(plan.routing.routers.indices).subtracting([router])
                try handOver(router)
            }
        }
    }

    /// Without a state nobody begins anew: nothing is left to be done about what failed last.
    private func handOver(_ router: Int) throws {
        do {
            try onStateAsked?(router)
        } catch {
            incidents[incidents.count - 1].measure = .abort
            throw error
        }
    }

    private func prepares(of step: StepUnderWay) -> [Prepare] {
        let prepare = Prepare(
            serial: step.stamp,
            step: step.step,
            router: step.router,
            segment: step.segment,
            experts: onRouting?() ?? []
        )
        return workers.map { _ in prepare }
    }
}
