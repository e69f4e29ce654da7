import ClusterModel
import Exchange
import Links
import Testing
import Workloads

@Suite struct `A pipelined layer` {
    private let cluster: BarePlan

    init() throws { cluster = try BarePlan(nodes: 2, npus: 4) }

    /// A layer whose experts compute for `expert` on every rank.
    private func layer(_ matrix: TrafficMatrix, expert: Interval, parts: Int) throws -> Interval {
        let world = cluster.ports.layout.world
        let programs = LayerProgram.layer(
            gates: Array(repeating: .zero, count: world),
            experts: Array(repeating: expert, count: world),
            matrix: matrix,
            .direct,
            over: cluster.ports,
            cut: MessageCut(parts: parts, unit: 1_024)
        )
        return try time(programs, over: cluster.ports)
    }

    private func exchange(_ matrix: TrafficMatrix) throws -> Interval {
        try time(LayerProgram.bare(matrix, .direct, over: cluster.ports), over: cluster.ports)
    }

    @Test(arguments: [2, 4, 8])
    func `without compute takes what the exchanges take, but for a wire`(parts: Int) throws {
        let matrix = cluster.matrix(.balanced, mean: 1 << 20)
        let whole = try layer(matrix, expert: .zero, parts: 1)
        let pipelined = try layer(matrix, expert: .zero, parts: parts)
        #expect(pipelined <= whole)
        // The way back begins while the last part is on the wire.
        #expect(pipelined >= whole - cluster.ports.links.roce.latency)
        #expect(pipelined.seconds > 0.95 * whole.seconds)
    }

    @Test(arguments: [SyntheticWorkload.balanced, .hotRank, .raggedSources], [2, 4, 8])
    func `never beats the bytes of both ways`(workload: SyntheticWorkload, parts: Int) throws {
        var matrix = cluster.matrix(workload, mean: 1 << 20)
        let pipelined = try layer(matrix, expert: .zero, parts: parts)
        #expect(try pipelined <= layer(matrix, expert: .zero, parts: 1))
        matrix += matrix.transposed
        #expect(pipelined >= LowerBound(of: matrix, over: cluster.ports).direct)
    }

    @Test(arguments: [SyntheticWorkload.balanced, .hotRank, .raggedSources])
    func `saves time where experts compute as long as an exchange takes`(
        workload: SyntheticWorkload
    ) throws {
        let matrix = cluster.matrix(workload, mean: 1 << 20)
        let expert = try exchange(matrix)
        let times = try [1, 2, 4].map { try layer(matrix, expert: expert, parts: $0).seconds }
        // One after the other they take three times as long as an exchange. In two parts the first
        // is computed while the second comes, and the second while the first goes back.
        #expect(times[0] > 2.8 * expert.seconds)
        #expect(times[1] < 2.1 * expert.seconds)
        #expect(times[2] < times[1])
    }

    @Test(arguments: [2, 4, 8])
    func `hides nothing where experts compute much longer`(parts: Int) throws {
        let matrix = cluster.matrix(.balanced, mean: 1 << 20)
        let transfer = try exchange(matrix)
        let expert = Interval(picoseconds: 20 * transfer.picoseconds)
        let pipelined = try layer(matrix, expert: expert, parts: parts)
        // The first part has to come, and the last to go back.
        let ends = 2 * (transfer - cluster.ports.links.roce.latency).seconds / Double(parts)
        let wires = 2 * cluster.ports.links.roce.latency.seconds
        #expect(abs(pipelined.seconds - expert.seconds - ends - wires) < 0.05 * transfer.seconds)
    }
}
