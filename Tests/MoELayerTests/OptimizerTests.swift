import MoELayer
import Testing

/// One row of three parameters.
private struct Row: Parameterized {
    var values = Matrix(rows: 1, columns: 3, values: [1, -2, 0.5])

    mutating func visit(_ body: (String, inout Matrix) -> Void) { body("values", &values) }
}

@Suite struct `Optimizers` {
    private let gradients: [[Float]] = [[0.5, -0.25, 1e-3], [-0.1, -0.3, 2e-3], [0.2, 0, -4]]
    private let rates = [0.1, 0.05, 0.01]

    private func path(_ kind: Optimizer.Kind) -> [[Float]] {
        var (row, optimizer) = (Row(), Optimizer(kind, count: 3))
        return zip(gradients, rates).map { gradient, rate in
            optimizer.step(&row, gradient: gradient, rate: rate)
            return row.values.values
        }
    }

    private func expect(_ path: [[Float]], _ known: [[Double]]) {
        for (seen, expected) in zip(path, known) {
            for (a, b) in zip(seen, expected) { #expect(abs(Double(a) - b) < 1e-6) }
        }
    }

    @Test func `adam steps as in float64 numpy`() {
        expect(
            path(.adam),
            [
                [0.9000000019999999, -1.9000000039999998, 0.40000099999000005],
                [0.8744486988496618, -1.8499693500828847, 0.3517422038685425],
                [0.8684370995639605, -1.842234582049448, 0.35812617057986407],
            ]
        )
    }

    @Test func `momentum steps as in float64 numpy`() {
        expect(
            path(.momentum),
            [
                [0.95, -1.975, 0.4999], [0.9325, -1.94875, 0.499755],
                [0.92735, -1.944025, 0.5397289],
            ]
        )
    }

    @Test(arguments: Optimizer.Kind.allCases)
    func `go on from a restored state`(kind: Optimizer.Kind) {
        var (row, optimizer) = (Row(), Optimizer(kind, count: 3))
        optimizer.step(&row, gradient: gradients[0], rate: rates[0])
        var restored = Optimizer(kind, count: 3)
        restored.restore(optimizer.state, steps: 1)
        #expect(restored == optimizer)
    }

    @Test func `the rate rises to its peak and falls to zero`() {
        let schedule = LearningRateSchedule(peak: 1, warmup: 4, steps: 10)
        #expect((0..<4).map { schedule.rate(step: $0) } == [0.25, 0.5, 0.75, 1])
        #expect(schedule.rate(step: 4) == 1)
        #expect(schedule.rate(step: 7) == 0.5)
        #expect(schedule.rate(step: 10) == 0)
        #expect(schedule.rate(step: 11) == 0)
    }
}
