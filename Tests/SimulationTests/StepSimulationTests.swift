import ClusterModel
import Exchange
import Links
import Testing

@testable import Simulation

/// A cluster for tests: `nodes` x `npus`, 910B3 links, groups of `tp`.
func ports(nodes: Int, npus: Int, tp: Int = 1, topology: HCCSTopology = .mesh) throws -> PortMap {
    let world = nodes * npus
    var links = try #require(Preset.ascend910B3.links)
    links.topology = topology
    return PortMap(
        layout: RankLayout(
            nodes: nodes,
            npusPerNode: npus,
            parallel: ParallelDegrees(tp: tp, ep: world / tp, dp: 1),
            experts: world
        ),
        links: links
    )
}

/// One exchange of `matrix`, simulated.
func exchange(_ matrix: TrafficMatrix, over ports: PortMap, chunk: Int = 65536) throws
    -> StepTimes
{
    let programs = LayerProgram.bare(matrix, .direct, over: ports)
    var simulation = StepSimulation(programs: programs, ports: ports, chunk: ByteCount(chunk))
    return try simulation.run()
}

extension StepTimes {
    /// The last rank's finish.
    var finish: Instant { stageEnds.compactMap(\.last).max() ?? .zero }
}

@Suite struct `A step in virtual time` {
    @Test func `one message takes its bytes over the rate, and the latency`() throws {
        let ports = try ports(nodes: 2, npus: 1)
        let matrix = TrafficMatrix(rows: [[0, 25_000_000], [0, 0]])
        let times = try exchange(matrix, over: ports)
        // 382 chunks, each rounded up to a picosecond.
        let expected = 1_000_000_000 + 10_000_000
        #expect(abs(times.finish.picoseconds - Int64(expected)) < 400)
    }

    @Test func `a rank without tokens finishes at once`() throws {
        let ports = try ports(nodes: 2, npus: 2)
        let matrix = TrafficMatrix(size: 4)
        #expect(try exchange(matrix, over: ports).finish == .zero)
    }

    @Test(arguments: [(2, 4), (4, 4), (8, 2)])
    func `a uniform all-to-all comes within 2 % of its bound`(nodes: Int, npus: Int) throws {
        let ports = try ports(nodes: nodes, npus: npus)
        let world = nodes * npus
        let matrix = TrafficMatrix(
            rows: Array(repeating: Array(repeating: 4 << 20, count: world), count: world)
        )
        let bound = LowerBound(of: matrix, over: ports).direct
        let finish = try exchange(matrix, over: ports).finish
        let measured = finish - Instant.zero - ports.links.roce.latency
        #expect(measured >= bound)
        #expect(measured.seconds < bound.seconds * 1.02)
    }

    @Test func `two senders share the ingress of one receiver`() throws {
        let ports = try ports(nodes: 3, npus: 1)
        let matrix = TrafficMatrix(rows: [[0, 0, 10 << 20], [0, 0, 10 << 20], [0, 0, 0]])
        let bound = LowerBound(of: matrix, over: ports).direct
        let measured = try exchange(matrix, over: ports).finish - Instant.zero
        #expect(measured >= bound)
        #expect(measured.seconds < bound.seconds * 1.02)
    }

    @Test func `a layer waits for its gate, its expert and both exchanges`() throws {
        let ports = try ports(nodes: 2, npus: 1)
        let gate = Interval(picoseconds: 1_000_000)
        let expert = Interval(picoseconds: 50_000_000)
        let programs = LayerProgram.layer(
            gates: [gate, gate],
            experts: [expert, expert],
            matrix: TrafficMatrix(rows: [[0, 250], [0, 0]]),
            .direct,
            over: ports
        )
        var simulation = StepSimulation(programs: programs, ports: ports, chunk: ByteCount(65536))
        let ends = try simulation.run().stageEnds
        // 250 B at 25 GB/s are 10 ns; the wire takes 10 µs each way.
        #expect(ends[1].map(\.picoseconds) == [1_000_000, 11_010_000, 61_010_000, 61_010_000])
        #expect(ends[0].map(\.picoseconds) == [1_000_000, 1_000_000, 51_000_000, 71_020_000])
    }

    @Test func `programs that do not fit together are a stall that names the rank`() throws {
        let ports = try ports(nodes: 2, npus: 1)
        let nothing = LayerProgram.bare(TrafficMatrix(size: 2), .direct, over: ports)
        let something = LayerProgram.bare(
            TrafficMatrix(rows: [[0, 70], [0, 0]]),
            .direct,
            over: ports
        )
        let programs = [nothing[0], something[1]]
        var simulation = StepSimulation(programs: programs, ports: ports, chunk: ByteCount(64))
        #expect(throws: Stall(rank: Rank(1), stage: 0, missing: 70)) {
            try simulation.run()
        }
    }
}
