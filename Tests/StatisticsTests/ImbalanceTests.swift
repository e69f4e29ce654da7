import Statistics
import Testing

/// Expected values are SciPy 1.17's `variation` and `entropy`, and the Gini coefficient from
/// the mean absolute difference of all pairs.
@Suite struct `Unevenness of a load` {
    @Test func `a ragged load is measured as SciPy does`() {
        let load = Imbalance(of: [10, 0, 5, 25, 3, 7])
        #expect(abs(load.maxOverMean - 3) < 1e-12)
        #expect(abs(load.cv - 0.9691233151668572) < 1e-12)
        #expect(abs(load.gini - 0.49333333333333323) < 1e-12)
        #expect(abs(load.entropy - 0.7494198568642181) < 1e-12)
    }

    @Test func `all on one of four`() {
        let load = Imbalance(of: [0, 12, 0, 0])
        #expect(load.maxOverMean == 4)
        #expect(abs(load.gini - 0.75) < 1e-12)
        #expect(load.entropy == 0)
    }

    @Test(arguments: [[], [0, 0, 0], [5], [3, 3, 3]])
    func `nothing, a single bearer and equal shares are even`(loads: [Int]) {
        let load = Imbalance(of: loads)
        #expect(load.maxOverMean == 1)
        #expect(load.cv == 0)
        #expect(load.gini == 0)
        #expect(abs(load.entropy - 1) < 1e-12)
    }
}
