// The stages of a step as people read them: who was slowest, how long it moved bytes, computed,
// and waited for others. The same arithmetic on measured and on simulated instants.

import ClusterModel
import Exchange
import Report

/// When the phases of an MoE layer ended on each rank.
struct StepTiming {
    /// gate, dispatch, expert, combine; index = rank.
    let ends: [[Instant]]
    /// Bytes that come back to each rank (row) from each rank (column).
    private let dispatch: TrafficMatrix

    init(ends: [[Instant]], dispatch: TrafficMatrix) {
        invariant(ends.allSatisfy { $0.count == 4 }, "a layer has four stages")
        self.ends = ends
        self.dispatch = dispatch
    }

    private enum Stage: Int {
        case gate
        case dispatch
        case expert
        case combine
    }

    private func end(_ stage: Stage, of rank: Int) -> Instant { ends[rank][stage.rawValue] }

    private func last(_ stage: Stage) -> Instant {
        ends.map { $0[stage.rawValue] }.max() ?? .zero
    }

    /// Last rank's finish - start.
    var step: Interval { last(.combine) - Instant.zero }

    /// The dispatch exchange: its start is common to all ranks.
    var dispatchExchange: Interval { last(.dispatch) - last(.gate) }

    /// The slowest dispatch, and the combine after the last expert.
    var alltoall: Interval { dispatchExchange + (last(.combine) - last(.expert)) }

    /// The rank that finished last; the lowest of several.
    var slowestRank: Int {
        let finish = last(.combine)
        return ends.indices.first { end(.combine, of: $0) == finish } ?? 0
    }

    /// The phases of the slowest rank; they add up to the step time.
    var phases: Phases {
        let rank = slowestRank
        let expertEnd = end(.expert, of: rank)
        let back = end(.combine, of: rank) - expertEnd
        let wait = min(back, max(.zero, lastExpertAwaited(by: rank) - expertEnd))
        return Phases(
            gate: (end(.gate, of: rank) - Instant.zero).microseconds,
            dispatch: (end(.dispatch, of: rank) - end(.gate, of: rank)).microseconds,
            expert: (expertEnd - end(.dispatch, of: rank)).microseconds,
            combine: (back - wait).microseconds,
            wait: wait.microseconds
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

    var ranks: [RankTimes] {
        ends.indices.map {
            RankTimes(
                gateEnd: end(.gate, of: $0).microseconds,
                dispatchEnd: end(.dispatch, of: $0).microseconds,
                expertEnd: end(.expert, of: $0).microseconds,
                combineEnd: end(.combine, of: $0).microseconds
            )
        }
    }
}
