import ClusterModel
import Exchange
import Testing
import Workloads

private func layout(_ nodes: Int, _ npus: Int) -> RankLayout {
    let world = nodes * npus
    return RankLayout(
        nodes: nodes,
        npusPerNode: npus,
        parallel: ParallelDegrees(tp: 1, ep: world, dp: 1),
        experts: world
    )
}

private func traffic(
    _ workload: SyntheticWorkload,
    seed: UInt64 = 7,
    step: Int = 0,
    _ layout: RankLayout,
    mean: Int = 65_536
) -> TrafficMatrix {
    WorkloadMatrix(workload, seed: seed, step: step, layout: layout, mean: ByteCount(mean)).matrix
}

extension TrafficMatrix {
    fileprivate var rowSums: [Int] { (0..<size).map { row(Rank($0)).reduce(0, +) } }
    fileprivate var columnSums: [Int] { (0..<size).map { column(Rank($0)).reduce(0, +) } }
}

@Suite struct `Traffic of a workload` {
    private let layouts = [layout(1, 1), layout(1, 3), layout(2, 4), layout(4, 8), layout(5, 7)]

    @Test(arguments: SyntheticWorkload.allCases)
    func `depends on the seed and the step alone`(workload: SyntheticWorkload) {
        for layout in layouts {
            for (seed, step) in [(0, 0), (7, 3), (UInt64.max, 1_000_003)] as [(UInt64, Int)] {
                let first = traffic(workload, seed: seed, step: step, layout)
                #expect(first == traffic(workload, seed: seed, step: step, layout))
            }
        }
    }

    @Test(arguments: SyntheticWorkload.allCases)
    func `has the mean that was asked for`(workload: SyntheticWorkload) {
        for layout in layouts.dropFirst(2) {
            let steps = 0..<40
            let total = steps.reduce(0) { $0 + traffic(workload, step: $1, layout).total }
            let asked = Double(steps.count * layout.world * layout.world * 65_536)
            // W5 leaves one row out.
            let rows = workload == .emptyRank ? Double(layout.world - 1) / Double(layout.world) : 1
            #expect(abs(Double(total) / asked - rows) < 0.08, "\(layout.world) ranks")
        }
    }

    @Test(arguments: SyntheticWorkload.allCases)
    func `has no negative cell, and none without bytes`(workload: SyntheticWorkload) {
        for layout in layouts {
            for mean in [0, 1, 3, 1 << 34] {
                let matrix = traffic(workload, step: 3, layout, mean: mean)
                #expect(matrix.rows.joined().allSatisfy { $0 >= 0 })
                if mean == 0 { #expect(matrix.total == 0) }
            }
        }
    }

    @Test(arguments: [
        SyntheticWorkload.hotExperts, .hotRank, .spreadHot, .raggedSources, .emptyRank,
    ])
    func `differs from seed to seed`(workload: SyntheticWorkload) {
        let first = traffic(workload, seed: 1, layout(4, 8))
        #expect((2..<12).contains { traffic(workload, seed: $0, layout(4, 8)) != first })
    }

    @Test(arguments: [SyntheticWorkload.hotExperts, .hotRank, .spreadHot, .rotatingHot])
    func `loses no byte to rounding`(workload: SyntheticWorkload) {
        for mean in [1, 7, 65_537] {
            let matrix = traffic(workload, layout(5, 7), mean: mean)
            #expect(matrix.rowSums == Array(repeating: 35 * mean, count: 35))
        }
    }

    @Test func `is made of all workloads by the names of the benchmark`() {
        let names = SyntheticWorkload.allCases.map(\.rawValue)
        #expect(names == (0...7).map { "W\($0)" })
        #expect(Set(SyntheticWorkload.allCases.map(\.title)).count == 8)
    }

    @Test(arguments: SyntheticWorkload.allCases)
    func `can be made for many ranks`(workload: SyntheticWorkload) {
        let matrix = traffic(workload, layout(64, 8), mean: 1024)
        #expect(matrix.size == 512)
        #expect(matrix.total > 0)
    }
}

@Suite struct `The shape of a workload` {
    private let world = layout(4, 8)

    @Test func `W0 is flat`() {
        #expect(traffic(.balanced, world).rows.joined().allSatisfy { $0 == 65_536 })
    }

    @Test(arguments: 0..<8)
    func `W1 has four hot columns of 32 that take half`(step: Int) {
        let sums = traffic(.hotExperts, step: step, world).columnSums.sorted(by: >)
        let total = sums.reduce(0, +)
        #expect(abs(Double(sums.prefix(4).reduce(0, +)) / Double(total) - 0.5) < 1e-3)
        #expect(sums[3] > 6 * sums[4])
    }

    @Test(arguments: 0..<8)
    func `W2 has one hot column that takes a quarter`(step: Int) {
        let sums = traffic(.hotRank, step: step, world).columnSums.sorted(by: >)
        #expect(abs(Double(sums[0]) / Double(sums.reduce(0, +)) - 0.25) < 1e-3)
        #expect(sums[1] - sums[31] <= 32)
    }

    @Test func `W2 moves from step to step, W6 one rank at a time`() {
        let hot = { (workload: SyntheticWorkload, step: Int) -> Int? in
            let sums = traffic(workload, step: step, world).columnSums
            return sums.firstIndex(of: sums.max() ?? 0)
        }
        #expect(Set((0..<32).map { hot(.hotRank, $0) }).count > 8)
        #expect((0..<70).map { hot(.rotatingHot, $0) } == (0..<70).map { $0 % 32 })
    }

    @Test func `W3 falls off as Zipf says`() {
        let sums = traffic(.spreadHot, world, mean: 1 << 20).columnSums.sorted(by: >)
        for place in 1..<32 {
            let ratio = Double(sums[0]) / Double(sums[place])
            #expect(abs(ratio / Double(place + 1) - 1) < 1e-3)
        }
    }

    @Test func `W4 has sources between a quarter and seven quarters`() {
        let sums = (0..<8).flatMap { traffic(.raggedSources, step: $0, world).rowSums }
        let shares = sums.map { Double($0) / Double(32 * 65_536) }
        #expect(shares.allSatisfy { (0.249...1.751).contains($0) })
        #expect((shares.min() ?? 1) < 0.4 && (shares.max() ?? 1) > 1.6)
        let row = traffic(.raggedSources, world).row(Rank(3))
        #expect(Double(row.max() ?? 0) / Double(row.min() ?? 1) < 3.01)
    }

    @Test(arguments: 0..<8)
    func `W5 has one empty row, and no empty column`(step: Int) {
        let matrix = traffic(.emptyRank, step: step, world)
        #expect(matrix.rowSums.count { $0 == 0 } == 1)
        #expect(matrix.columnSums.allSatisfy { $0 == 31 * 65_536 })
    }

    @Test func `W7 bursts in every fourth step`() {
        let totals = (0..<12).map { traffic(.burst, step: $0, world).total }
        let quiet = totals[0]
        #expect(totals == (0..<12).map { $0 % 4 == 3 ? 5 * quiet : quiet })
    }

    @Test func `of a step before the first stops the process`() async {
        await #expect(processExitsWith: .failure) {
            _ = WorkloadMatrix(
                .balanced,
                seed: 1,
                step: -1,
                layout: RankLayout(
                    nodes: 1,
                    npusPerNode: 1,
                    parallel: ParallelDegrees(tp: 1, ep: 1, dp: 1),
                    experts: 1
                ),
                mean: .zero
            )
        }
    }
}
