// Exchanges alone, in figures.

import ClusterModel
import Evaluation
import Exchange
import Links
import Testing

private let layout = RankLayout(
    nodes: 2,
    npusPerNode: 1,
    parallel: ParallelDegrees(tp: 1, ep: 2, dp: 1),
    experts: 2
)

/// 1 GB/s, so that a kilobyte takes a microsecond.
private let ports = PortMap(
    layout: layout,
    links: LinkSettings(
        hccs: LinkRate(bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000), latency: .zero),
        topology: .mesh,
        roce: LinkRate(bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000), latency: .zero)
    )
)

private func sample(_ bytes: Int, _ microseconds: [Int64]) -> BenchSample {
    BenchSample(
        matrix: TrafficMatrix(rows: [[500, bytes], [0, 0]]),
        stageEnds: microseconds.map { [.zero, Instant(picoseconds: $0 * 1_000_000)] },
        algorithm: .direct
    )
}

@Suite struct `A bench of one algorithm` {
    @Test func `takes the time of the slowest rank`() {
        let samples = [sample(1000, [3, 1]), sample(1000, [2, 5]), sample(1000, [1, 4])]
        let row = BenchEvaluation(samples, over: ports)
            .row(workload: "W0 balanced", asked: .auto, layout: layout)
        #expect(row.timeUs.p50 == 4 && row.timeUs.min == 3 && row.timeUs.max == 5)
        #expect(abs(row.timeUs.p90 - 4.8) < 1e-9)
        #expect(row.algorithm == "auto" && row.chosen == "direct")
        #expect(row.ranks == 2 && row.nodes == 2 && row.bytesTotal == 1500)
    }

    @Test(arguments: [1, 2, 3, 10])
    func `has the bytes of an exchange, however many there were`(count: Int) {
        let row = BenchEvaluation(
            Array(repeating: sample(1000, [3, 1]), count: count),
            over: ports
        )
        .row(workload: "", asked: .auto, layout: layout)
        #expect(row.bytesTotal == 1500)
    }

    @Test func `is not trusted where a figure that it prints is off`() {
        var samples = (0..<10).map { _ in sample(1000, [4, 1]) }
        #expect(BenchEvaluation(samples, over: ports).verdict.isTrusted)
        samples[3].simulated = Interval(picoseconds: 3_800_000)
        let verdict = BenchEvaluation(samples, over: ports).verdict
        #expect(!verdict.isTrusted && verdict.error > 0.04)
    }

    @Test func `has the bound of an algorithm that relays`() {
        let samples = [
            BenchSample(
                matrix: TrafficMatrix(rows: [[0, 1000], [0, 0]]),
                stageEnds: [[.zero, Instant(picoseconds: 2_000_000)]],
                algorithm: .balanced
            )
        ]
        let row = BenchEvaluation(samples, over: ports)
            .row(workload: "", asked: .balanced, layout: layout)
        #expect(abs((row.efficiency ?? 0) - (row.boundRelayedUs ?? 9) / 2) < 1e-9)
    }

    @Test func `tells what moves the slowest rank's bytes from what it waits for`() {
        let row = BenchEvaluation([sample(1000, [3, 2])], over: ports)
            .row(workload: "", asked: .direct, layout: layout)
        #expect(row.transferUs == 1 && row.waitUs == 2)
        #expect(row.boundUs == 1 && row.boundRelayedUs == 1)
        #expect(abs((row.efficiency ?? 0) - 1.0 / 3) < 1e-9)
    }

    @Test func `rates the busiest rank's bytes, its own included`() {
        let row = BenchEvaluation([sample(1000, [3, 2])], over: ports)
            .row(workload: "", asked: .direct, layout: layout)
        #expect(abs(row.algbwGbps - 0.5) < 1e-9)
        #expect(abs(row.busbwGbps - 0.25) < 1e-9)
    }

    @Test func `differs from the simulation by a share of it`() {
        var late = sample(1000, [3, 2])
        late.simulated = Interval(picoseconds: 4_000_000)
        let row = BenchEvaluation([late], over: ports)
            .row(workload: "", asked: .direct, layout: layout)
        #expect(abs((row.differs?.p50 ?? 0) - 0.25) < 1e-9)
        #expect(row.simulatedUs == 4)
        #expect(!BenchEvaluation([late], over: ports).verdict.isTrusted)
        #expect(BenchEvaluation([sample(1, [1, 1])], over: ports).verdict.isTrusted)
    }

    @Test func `without a link model has no bounds`() {
        var bare = sample(1000, [3, 2])
        bare.simulated = nil
        let row = BenchEvaluation([bare], over: nil)
            .row(workload: "", asked: .direct, layout: layout)
        #expect(row.boundUs == nil && row.simulatedUs == nil && row.efficiency == nil)
        #expect(row.transferUs == nil && row.waitUs == nil && row.differs == nil)
        #expect(row.latenessUs == nil)
    }

    @Test func `of no exchanges stops the process`() async {
        await #expect(processExitsWith: .failure) { _ = BenchEvaluation([], over: nil) }
    }
}
