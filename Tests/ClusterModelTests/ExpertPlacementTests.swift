import ClusterModel
import Testing

@Suite struct `Experts without some ranks` {
    private func placement(tp: Int = 1, ep: Int, dp: Int, without ranks: [Int]) -> ExpertPlacement {
        ExpertPlacement(
            RankLayout(
                nodes: 1,
                npusPerNode: tp * ep * dp,
                parallel: ParallelDegrees(tp: tp, ep: ep, dp: dp),
                experts: 2 * ep
            ),
            excluded: Set(ranks.map(Rank.init))
        )
    }

    private func holders(_ placement: ExpertPlacement, _ expert: Int) -> [[Int]] {
        placement.holders(of: ExpertIndex(expert)).map { $0.map(\.index) }
    }

    @Test func `are held once by every replica, at every place`() {
        let whole = placement(tp: 2, ep: 2, dp: 2, without: [])
        #expect(whole.isComplete)
        #expect(holders(whole, 0) == [[0, 4], [1, 5]])
        #expect(holders(whole, 3) == [[2, 6], [3, 7]])
        let cut = placement(tp: 2, ep: 2, dp: 2, without: [2, 3])
        #expect(cut.isComplete)
        #expect(holders(cut, 3) == [[0, 6], [1, 7]])
        #expect(cut.experts(on: Rank(1)) == [0, 1, 2, 3])
        #expect(cut.sources(of: Rank(1)) == [Rank(1)])
    }

    @Test func `are dealt out in the replica of who is gone`() {
        let cut = placement(ep: 3, dp: 2, without: [1])
        #expect([0, 2].map { cut.experts(on: Rank($0)) } == [[0, 1, 2], [3, 4, 5]])
        #expect((3...5).map { cut.experts(on: Rank($0)) } == [[0, 1], [2, 3], [4, 5]])
        #expect(holders(cut, 2) == [[0, 4]] && holders(cut, 3) == [[2, 4]])
    }

    @Test func `are those of the others where a replica is gone as a whole`() {
        let cut = placement(ep: 2, dp: 2, without: [0, 1])
        #expect(cut.isComplete)
        #expect(holders(cut, 0) == [[2]] && holders(cut, 3) == [[3]])
        #expect(cut.holder(of: ExpertIndex(3), for: Rank(0)) == Rank(3))
        #expect(cut.holder(of: ExpertIndex(3), for: Rank(2)) == Rank(3))
        #expect(cut.experts(on: Rank(0)).isEmpty && cut.sources(of: Rank(0)).isEmpty)
        #expect(!placement(ep: 2, dp: 1, without: [0, 1]).isComplete)
    }

    @Test func `are nobody's where a part of a tensor-parallel group is gone`() {
        let cut = placement(tp: 2, ep: 2, dp: 1, without: [2])
        #expect(!cut.isComplete)
        #expect(cut.layout.wholeGroups(of: [Rank(2)]) == [Rank(2), Rank(3)])
        #expect(cut.layout.groups(of: [Rank(2), Rank(3)]) == [Rank(1)])
        #expect(placement(tp: 2, ep: 2, dp: 1, without: [2, 3]).isComplete)
    }
}
