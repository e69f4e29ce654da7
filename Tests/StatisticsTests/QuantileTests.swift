import Statistics
import Testing

/// Expected values are NumPy 1.26's `quantile`, `mean` and `std(ddof=1)`.
@Suite struct `Quantiles, mean and deviation` {
    private let sample = [3.1, 0.2, 9.75, 4.4, 4.4, 1.0, 7.3]

    @Test(arguments: [
        (0, 0.2), (0.1, 0.68), (0.25, 2.05), (0.5, 4.4), (0.9, 8.280000000000001),
        (0.99, 9.602999999999998), (1, 9.75),
    ])
    func `a quantile is NumPy's`(p: Double, expected: Double) throws {
        let quantile = try #require(Quantile.linear(p, of: sample))
        #expect(abs(quantile - expected) < 1e-12)
    }

    @Test func `mean and deviation are NumPy's`() throws {
        #expect(abs(try #require(mean(of: sample)) - 4.307142857142858) < 1e-12)
        let deviation = try #require(standardDeviation(of: sample))
        #expect(abs(deviation - 3.3630874420474326) < 1e-12)
    }

    @Test func `a single sample is each of its quantiles`() {
        #expect(Quantile.linear(0.5, of: [7]) == 7)
        #expect(Quantile.linear(0.99, of: [7]) == 7)
        #expect(standardDeviation(of: [7]) == nil)
    }

    @Test func `an empty sample has none`() {
        #expect(Quantile.linear(0.5, of: []) == nil)
        #expect(mean(of: []) == nil)
        #expect(standardDeviation(of: []) == nil)
    }
}
