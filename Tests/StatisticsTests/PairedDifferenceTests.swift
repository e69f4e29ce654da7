import Statistics
import Testing

/// Expected values are SciPy 1.17's `stats.t.ppf` and `stats.t.interval`.
@Suite struct `Paired ratios and Student's t` {
    @Test(arguments: [
        (0.95, 1, 12.706204736174694), (0.95, 2, 4.302652729749462),
        (0.95, 3, 3.1824463052837078), (0.95, 9, 2.262157162798205),
        (0.95, 30, 2.0422724563012378), (0.95, 199, 1.9719565442517533),
        (0.95, 5000, 1.9604385517065073), (0.99, 4, 4.604094871349992),
        (0.5, 7, 0.7111417780817866),
    ])
    func `the quantile is SciPy's`(confidence: Double, degrees: Int, expected: Double) throws {
        let t = StudentT.twoSided(confidence: confidence, degreesOfFreedom: degrees)
        #expect(abs(try #require(t) - expected) < 1e-8)
    }

    @Test func `parameters out of range have no quantile`() {
        #expect(StudentT.twoSided(confidence: 0.95, degreesOfFreedom: 0) == nil)
        #expect(StudentT.twoSided(confidence: 1, degreesOfFreedom: 3) == nil)
    }

    @Test func `mean ratio and interval are SciPy's`() throws {
        let difference = try #require(
            PairedDifference(
                of: [81.2, 80.1, 83.9, 79.4, 82.2],
                over: [100.3, 99.1, 101.7, 98.2, 100.9]
            )
        )
        #expect(difference.count == 5)
        #expect(abs(difference.meanRatio - 0.8132086267726468) < 1e-12)
        #expect(abs(difference.ci95[0] - 0.8044324890598322) < 1e-9)
        #expect(abs(difference.ci95[1] - 0.8219847644854614) < 1e-9)
    }

    @Test func `A against A is 1, from 1 to 1`() throws {
        let difference = try #require(PairedDifference(of: [4, 5, 6], over: [4, 5, 6]))
        #expect(difference.meanRatio == 1)
        #expect(difference.ci95 == [1, 1])
    }

    @Test func `one pair has a ratio but no interval`() throws {
        let difference = try #require(PairedDifference(of: [3], over: [4]))
        #expect(difference.meanRatio == 0.75)
        #expect(difference.interval == nil)
        #expect(difference.ci95.isEmpty)
    }

    @Test func `pairs that cannot be divided are left out`() throws {
        let difference = try #require(PairedDifference(of: [3, 3, .nan], over: [0, 4, 4]))
        #expect(difference.count == 1)
        #expect(PairedDifference(of: [], over: [1]) == nil)
        #expect(PairedDifference(of: [1], over: [0]) == nil)
    }
}
