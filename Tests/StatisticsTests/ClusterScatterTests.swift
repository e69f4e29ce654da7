import Statistics
import Testing

@Suite struct `How far groups lie apart` {
    private func scatter(_ points: [[Float]], _ groups: [Int]) -> ClusterScatter {
        var scatter = ClusterScatter(groups: 4, width: points[0].count)
        for (point, group) in zip(points, groups) { scatter.add(point, group: group) }
        return scatter
    }

    /// By hand: centres (1, 0) and (5, 4), mean (3, 2); between 4 * 8 = 32 over 1, within 4 over 2.
    @Test func `two pairs`() throws {
        let index = scatter([[0, 0], [2, 0], [5, 3], [5, 5]], [0, 0, 2, 2]).calinskiHarabasz
        #expect(abs(try #require(index) - 16) < 1e-12)
    }

    @Test func `dispersion between over within does not grow with the number of points`() throws {
        let points: [[Float]] = [[0, 0], [2, 0], [5, 3], [5, 5]]
        let (one, two) = (
            scatter(points, [0, 0, 2, 2]), scatter(points + points, [0, 0, 2, 2, 0, 0, 2, 2])
        )
        #expect(abs(try #require(one.betweenOverWithin) - 8) < 1e-12)
        #expect(abs(try #require(two.betweenOverWithin) - 8) < 1e-12)
        #expect(try #require(two.calinskiHarabasz) > 2 * #require(one.calinskiHarabasz))
        #expect(
            scatter([[1, 1], [1, 1], [7, 2], [7, 2]], [0, 0, 1, 1]).betweenOverWithin == nil
        )
    }

    @Test func `ranks add up`() {
        var one = scatter([[0, 0], [5, 3]], [0, 2])
        one.add(scatter([[2, 0], [5, 5]], [0, 2]))
        #expect(one.counts == [2, 0, 2, 0])
        let all = scatter([[0, 0], [2, 0], [5, 3], [5, 5]], [0, 0, 2, 2])
        #expect(one.calinskiHarabasz == all.calinskiHarabasz)
    }

    @Test func `groups that are points have 1, as in scikit-learn`() {
        #expect(scatter([[1, 1], [1, 1], [7, 2], [7, 2]], [0, 0, 1, 1]).calinskiHarabasz == 1)
    }

    @Test func `one group, or as many as points, have none`() {
        #expect(scatter([[0, 0], [2, 0]], [1, 1]).calinskiHarabasz == nil)
        #expect(scatter([[0, 0], [2, 0]], [0, 1]).calinskiHarabasz == nil)
    }
}
