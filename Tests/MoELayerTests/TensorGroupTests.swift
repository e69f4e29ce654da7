import ClusterModel
import Exchange
import MoELayer
import Routing
import Testing

@Suite struct `Tensor-parallel groups that learn` {
    private func layout(tp: Int, dp: Int) -> RankLayout {
        RankLayout(
            nodes: 2,
            npusPerNode: 4,
            parallel: ParallelDegrees(tp: tp, ep: 8 / tp / dp, dp: dp),
            experts: 8
        )
    }

    @Test(arguments: [1, 2, 4], [1, 2])
    func `are ranks of a cluster without tensor parallelism`(tp: Int, dp: Int) {
        let (cluster, groups) = (layout(tp: tp, dp: dp), layout(tp: tp, dp: dp).groups)
        #expect(groups.world == 8 / tp)
        #expect(groups.nodes == 2)
        for rank in cluster.ranks {
            let group = cluster.group(of: rank)
            #expect(cluster.group(of: cluster.leader(of: rank)) == group)
            #expect(cluster.node(of: rank) == groups.node(of: group))
            #expect(cluster.localExperts(of: rank) == groups.localExperts(of: group))
            for expert in (0..<8).map(ExpertIndex.init) {
                let home = cluster.home(of: expert, for: rank)
                #expect(cluster.group(of: home) == groups.home(of: expert, for: group))
            }
        }
    }

    @Test(arguments: [1, 2, 4], AllReduceAlgorithm.allCases)
    func `sum at each place what groups of one rank would`(
        tp: Int,
        algorithm: AllReduceAlgorithm
    ) throws {
        let cluster = layout(tp: tp, dp: 2)
        func sums(_ layout: RankLayout) -> TrainingSums {
            TrainingSums(
                algorithm,
                ExpertPlacement(layout),
                denseCount: 37,
                expertCount: 11,
                layers: 2
            )
        }
        let (all, groups) = (sums(cluster), sums(cluster.groups))
        func values(_ rank: Rank, _ count: Int) -> [Float] {
            var random = SeededRandom(seed: 3, UInt64(cluster.group(of: rank).index))
            return (0..<count).map { _ in Float(random.next(below: 2001) - 1000) / 997 }
        }
        let experts = try #require(all.experts)
        for (reduction, alone) in [(all.dense, groups.dense), (experts, groups.experts)] {
            let alone = try #require(alone)
            var byRank = cluster.ranks.map { values($0, reduction.count(of: $0)) }
            play(reduction, cluster, &byRank)
            var byGroup = cluster.groups.ranks.map {
                values(Rank($0.index * tp), alone.count(of: $0))
            }
            play(alone, cluster.groups, &byGroup)
            for rank in cluster.ranks {
                #expect(byRank[rank.index] == byGroup[cluster.group(of: rank).index])
            }
        }
    }

    /// Plays the stages in memory.
    private func play(_ reduction: AllReduce, _ layout: RankLayout, _ values: inout [[Float]]) {
        let stages = layout.ranks.map(reduction.stages)
        for stage in stages[0].indices {
            let before = values
            for rank in layout.ranks {
                stages[rank.index][stage].fold(rank, into: &values[rank.index]) { peer in
                    let sends = stages[peer.index][stage].sends
                    return Array(before[peer.index][sends.first { $0.peer == rank }!.values])
                }
            }
        }
    }

    @Test func `have the settings of the cluster of groups`() {
        var grouped = Trainings.settings(layout(tp: 2, dp: 1).groups)
        let alone = Trainings.settings(Trainings.layout(dp: 1, experts: 8))
        #expect(grouped.text == alone.text)
        grouped.cut = RowCut(parts: 4, isPadded: true)
        #expect(grouped.text == alone.text + ", parts 4 of slots")
    }
}
