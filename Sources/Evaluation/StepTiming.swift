// The stages of a step as people read them: who was slowest, how long it moved bytes, computed,
// and waited for others. The same arithmetic on measured and on simulated instants.

import ClusterModel
import Exchange
import Report

/// When the phases of an MoE layer ended on each rank.
struct StepTiming {
    /// [rank][stage].
    private let ends: [[Instant]]
    /// The stages, the same on every rank.
    private let stages: StageGraph
    /// Bytes that come back to each rank (row) from each rank (column).
    private let dispatch: TrafficMatrix

    init(ends: [[Instant]], stages: StageGraph, dispatch: TrafficMatrix) {
        invariant(
            ends.allSatisfy { $0.count == stages.count },
            "ranks that ended \(ends.map(\.count)) of \(stages.count) stages"
        )
        self.ends = ends
        self.stages = stages
        self.dispatch = dispatch
    }

    /// When the last stage of a kind ended on a rank.
    private func end(_ kind: StageKind, of rank: Int) -> Instant {
        stages.all(kind).map { ends[rank][$0] }.max() ?? .zero
    }

    private func last(_ kind: StageKind) -> Instant {
        ends.indices.map { end(kind, of: $0) }.max() ?? .zero
    }

    /// When each rank ended its last stage, index = rank: of a layer, its last combine.
    var finishes: [Instant] {
        guard stages.all(.combine).isEmpty else {
            return ends.indices.map { end(.combine, of: $0) }
        }
        return ends.map { $0.max() ?? .zero }
    }

    /// When a rank began: after what it was behind.
    private func begin(of rank: Int) -> Instant { end(.lead, of: rank) }

    /// Last rank's finish - start.
    var step: Interval { (finishes.max() ?? .zero) - Instant.zero }

    /// The dispatch exchange, from when the last rank's gate had ended.
    var dispatchExchange: Interval { last(.dispatch) - last(.gate) }

    /// The slowest dispatch, and the combine after the last expert; of a pipelined step, what is
    /// left beside the slowest rank's compute.
    var alltoall: Interval {
        guard stages.isPipelined else {
            return dispatchExchange + (last(.combine) - last(.expert))
        }
        let rank = slowestRank
        return step - stages.length(of: .gate, ends[rank]) - stages.length(of: .expert, ends[rank])
    }

    /// The rank that finished last; the lowest of several.
    var slowestRank: Int {
        let finishes = self.finishes
        return finishes.firstIndex(of: finishes.max() ?? .zero) ?? 0
    }

    /// The phases of the slowest rank; they add up to the step time.
    ///
    /// What a pipelined rank moves while it computes counts as compute: dispatch is what comes
    /// before the first part is computed, combine what comes after the last one.
    var phases: Phases { phases(of: slowestRank) }

    /// The phases of a rank; they add up to the time from its begin to its finish.
    func phases(of rank: Int) -> Phases {
        let hasGate = !stages.all(.gate).isEmpty
        let gateEnd = hasGate ? end(.gate, of: rank) : begin(of: rank)
        guard !stages.all(.combine).isEmpty else {
            return Phases(
                gate: (gateEnd - begin(of: rank)).microseconds,
                dispatch: 0,
                expert: 0,
                combine: 0,
                wait: 0,
                sum: (finishes[rank] - gateEnd).microseconds
            )
        }
        let expertEnd = end(.expert, of: rank)
        let firstExpert = stages.all(.expert).first.map { stages.start(of: $0, ends[rank]) }
        let dispatchEnd = firstExpert ?? end(.dispatch, of: rank)
        let computed = stages.length(of: .expert, ends[rank])
        let back = end(.combine, of: rank) - expertEnd
        let wait = min(back, max(.zero, lastExpertAwaited(by: rank) - expertEnd))
        let gaps = (expertEnd - dispatchEnd) - computed
        return Phases(
            gate: (gateEnd - begin(of: rank)).microseconds,
            dispatch: (dispatchEnd - gateEnd).microseconds,
            expert: computed.microseconds,
            combine: (back - wait).microseconds,
            wait: (wait + gaps).microseconds
        )
    }

    /// When the last of those ranks had computed whose experts hold this rank's tokens.
    private func lastExpertAwaited(by rank: Int) -> Instant {
        var latest = end(.expert, of: rank)
        for peer in ends.indices where dispatch[Rank(rank), Rank(peer)] > 0 {
            latest = max(latest, end(.expert, of: peer))
        }
        return latest
    }

    /// How computing and communicating share the step, a mean over the ranks.
    var overlap: OverlapShares {
        OverlapShares(
            mean: ends.map { stages.activity(of: $0, until: finishes.max() ?? .zero) }
        )
    }
}
