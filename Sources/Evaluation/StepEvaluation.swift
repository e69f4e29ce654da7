// From what a step left behind to the row that describes it.

import ClusterModel
import Exchange
import Links
import Report
import Simulation
import Statistics

/// One step with its figures.
public struct StepEvaluation: Sendable {
    public let outcome: StepOutcome
    public let record: StepRecord
    /// Of the dispatch exchange, as measured.
    let dispatchTime: Interval

    /// Plays the step in virtual time and puts the figures together; `router` is its name.
    public init(_ outcome: StepOutcome, plan: ClusterPlan, router: String) throws(Stall) {
        let ports = PortMap(layout: RankLayout(plan), links: plan.links)
        let dispatch = outcome.dispatch
        var simulation = StepSimulation(
            programs: outcome.programs,
            ports: ports,
            chunk: plan.exchange.chunk
        )
        let stages = StageGraph(outcome.programs[0])
        let simulated = StepTiming(
            ends: try simulation.run().stageEnds,
            stages: stages,
            dispatch: dispatch
        )
        let measured = StepTiming(ends: outcome.stageEnds, stages: stages, dispatch: dispatch)
        let bound = LowerBound(of: dispatch, over: ports)
        var outcome = outcome
        // As many bytes as the traffic has messages: kept for no step but this one.
        outcome.programs = []
        self.outcome = outcome
        dispatchTime = measured.dispatchExchange
        record = StepRecord(
            step: outcome.step,
            router: router,
            isWarmup: outcome.isWarmup,
            stepTimeUs: measured.step.microseconds,
            simulatedUs: simulated.step.microseconds,
            alltoallUs: measured.alltoall.microseconds,
            simulatedAlltoallUs: simulated.alltoall.microseconds,
            phasesUs: measured.phases,
            slowestRank: measured.slowestRank,
            boundUs: BoundsUs(
                direct: bound.direct.microseconds,
                relayed: bound.relayed.microseconds
            ),
            bytes: Self.bothWays(dispatch, ports.layout),
            offered: outcome.inputs.reduce(0) { $0 + $1.offered },
            routed: outcome.inputs.reduce(0) { $0 + $1.offered - $1.dropped },
            dropped: outcome.inputs.reduce(0) { $0 + $1.dropped },
            capacity: outcome.inputs.map(\.capacity).max() ?? 0,
            latenessP99Us: Double(outcome.lateness.quantile(0.99)) / 1e6,
            latenessMaxUs: Double(outcome.lateness.maxPicoseconds) / 1e6,
            digest: Self.digest(outcome.digests),
            wallMs: Double(outcome.wallNanoseconds) / 1e6,
            algorithm: outcome.algorithm.algorithm.rawValue,
            algorithmReason: outcome.algorithm.reason,
            overlap: measured.overlap,
            ranks: measured.ranks
        )
    }

    /// The combine exchange sends back what the dispatch exchange brought.
    private static func bothWays(_ dispatch: TrafficMatrix, _ layout: RankLayout) -> BytesByReach {
        let reach = dispatch.reach(layout)
        return BytesByReach(
            local: 2 * reach.local,
            intraNode: 2 * reach.intraNode,
            interNode: 2 * reach.interNode
        )
    }

    /// One word for all ranks, in rank order.
    private static func digest(_ parts: [UInt32]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for part in parts {
            hash = (hash ^ UInt64(part)) &* 0x0000_0100_0000_01B3
        }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
