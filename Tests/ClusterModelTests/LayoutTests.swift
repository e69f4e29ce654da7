import ClusterModel
import Testing

private func layout(_ nodes: Int, _ npus: Int, tp: Int, ep: Int, dp: Int, experts: Int)
    -> RankLayout
{
    RankLayout(
        nodes: nodes,
        npusPerNode: npus,
        parallel: ParallelDegrees(tp: tp, ep: ep, dp: dp),
        experts: experts
    )
}

@Suite struct `Where ranks and experts are` {
    @Test func `nodes are runs of ranks`() {
        let layout = layout(2, 4, tp: 1, ep: 8, dp: 1, experts: 8)
        #expect(layout.ranks.map { layout.node(of: $0).index } == [0, 0, 0, 0, 1, 1, 1, 1])
        #expect(layout.areOnOneNode(Rank(4), Rank(7)))
        #expect(!layout.areOnOneNode(Rank(3), Rank(4)))
        #expect(layout.ranks.map(layout.index(of:)) == [0, 1, 2, 3, 0, 1, 2, 3])
        #expect(layout.rank(on: NodeIndex(1), index: 2) == Rank(6))
    }

    @Test func `experts are spread in runs over expert parallelism`() {
        let layout = layout(1, 4, tp: 1, ep: 4, dp: 1, experts: 8)
        #expect(layout.expertsPerRank == 2)
        #expect(layout.localExperts(of: Rank(3)) == 6..<8)
        #expect(layout.home(of: ExpertIndex(5), for: Rank(0)) == Rank(2))
    }

    @Test func `a tensor-parallel group holds the same experts`() {
        let layout = layout(1, 4, tp: 2, ep: 2, dp: 1, experts: 4)
        #expect(layout.ranks.map(layout.localExperts(of:)) == [0..<2, 0..<2, 2..<4, 2..<4])
        #expect(layout.home(of: ExpertIndex(3), for: Rank(0)) == Rank(2))
        #expect(layout.home(of: ExpertIndex(3), for: Rank(1)) == Rank(3))
    }

    @Test func `replicas have all experts each`() {
        let layout = layout(2, 2, tp: 1, ep: 2, dp: 2, experts: 2)
        #expect(layout.ranks.map(layout.localExperts(of:)) == [0..<1, 1..<2, 0..<1, 1..<2])
        #expect(layout.home(of: ExpertIndex(0), for: Rank(3)) == Rank(2))
    }

    @Test(arguments: UInt64(0)..<50)
    func `every expert has one home for every rank, in its own replica`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let tp = 1 + random.next(below: 3)
        let ep = 1 + random.next(below: 4)
        let dp = 1 + random.next(below: 3)
        let layout = layout(tp * ep, dp, tp: tp, ep: ep, dp: dp, experts: ep * 3)
        for rank in layout.ranks {
            for expert in 0..<layout.experts {
                let home = layout.home(of: ExpertIndex(expert), for: rank)
                #expect(layout.localExperts(of: home).contains(expert))
                #expect(home.index / (tp * ep) == rank.index / (tp * ep))
                #expect(home.index % tp == rank.index % tp)
            }
        }
    }

    @Test func `degrees that do not fit stop the process`() async {
        await #expect(processExitsWith: .failure) {
            _ = RankLayout(
                nodes: 2,
                npusPerNode: 2,
                parallel: ParallelDegrees(tp: 1, ep: 2, dp: 1),
                experts: 2
            )
        }
        await #expect(processExitsWith: .failure) {
            _ = RankLayout(
                nodes: 2,
                npusPerNode: 2,
                parallel: ParallelDegrees(tp: 1, ep: 4, dp: 1),
                experts: 6
            )
        }
    }
}
