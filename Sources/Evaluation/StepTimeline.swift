// The segments of a step laid out one behind the other, as if they had been one program.

import ClusterModel
import Exchange
import Report

/// Every stage of a step and when it ended on each rank, counted from the step's start.
struct StepTimeline {
    private(set) var stages = StageGraph()
    /// [rank][stage].
    private(set) var ends: [[Instant]]
    private(set) var chain: SegmentChain

    init(world: Int) {
        ends = Array(repeating: [], count: world)
        chain = SegmentChain(world: world)
    }

    /// Adds a segment whose stages ended at `ends`, counted from its own start, on all ranks but
    /// those that are excluded.
    mutating func append(
        _ segment: StepSegment,
        _ graph: StageGraph,
        ends: [[Instant]],
        excluded: [Rank] = []
    ) {
        stages.append(graph, of: segment)
        for (rank, own) in ends.enumerated() {
            self.ends[rank] += own.map { $0 + chain.elapsed }
        }
        chain.append(finishes: ends.map { $0.max() ?? .zero }, excluded: excluded)
    }

    /// How computing and communicating share the step, a mean over the ranks.
    var overlap: OverlapShares {
        let finish = Instant.zero + chain.length
        return OverlapShares(mean: ends.map { stages.activity(of: $0, until: finish) })
    }

    /// When the phases of the first layer ended on each rank, and every stage where there are more.
    var ranks: [RankTimes] {
        ends.map { ends in
            func end(_ kind: StageKind) -> Double {
                let last = stages.first(kind).map { ends[$0] }.max() ?? .zero
                return (last - Instant.zero).microseconds
            }
            return RankTimes(
                gateEnd: end(.gate),
                dispatchEnd: end(.dispatch),
                expertEnd: end(.expert),
                combineEnd: end(.combine),
                stages: stages.count > 4 ? stages.spans(of: ends) : nil
            )
        }
    }
}
