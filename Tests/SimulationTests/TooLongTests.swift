import ClusterModel
import Exchange
import Links
import Simulation
import Testing

@Suite struct `An exchange longer than emulated time can tell` {
    private func compile(_ bytes: Int, bytesPerSecond: Int64) throws -> CompiledStep {
        let bare = try BarePlan(nodes: 2, npus: 2)
        var links = bare.ports.links
        links.roce.bandwidth = Bandwidth(bytesPerSecond: bytesPerSecond)
        let cluster = bare.over(links)
        let row = Array(repeating: bytes, count: 4)
        let matrix = TrafficMatrix(rows: Array(repeating: row, count: 4))
        return try StepCompiler(plan: cluster.plan).compile(cluster.inputs(matrix), .exchange)
    }

    @Test(arguments: [Int64(1), 1_000])
    func `is refused, with the key, what was seen and what was expected`(rate: Int64) throws {
        let problem = try #require(throws: ExchangeTooLong.self) {
            try compile(1 << 30, bytesPerSecond: rate)
        }
        #expect(problem.key == "links.roce.bandwidth")
        #expect(
            problem.description
                == "links.roce.bandwidth: at \(rate) B/s the 2147483648 bytes of the busiest port "
                + "take about \(2_147_483_648 / rate) s of emulated time; expected at most 100000 s "
                + "an exchange: raise the bandwidth, or send less"
        )
    }

    /// A leaf with one uplink for a thousand NICs' worth.
    @Test func `is refused for a port that ranks share`() throws {
        let bare = try BarePlan(nodes: 4, npus: 2)
        var links = bare.ports.links
        links.roce.bandwidth = Bandwidth(bytesPerSecond: 1_000)
        links.uplink = LeafUplink(nodesPerLeaf: 2, oversubscription: 1_000)
        let cluster = bare.over(links)
        let row = Array(repeating: 1 << 20, count: 8)
        let matrix = TrafficMatrix(rows: Array(repeating: row, count: 8))
        let problem = try #require(throws: ExchangeTooLong.self) {
            try StepCompiler(plan: cluster.plan).compile(cluster.inputs(matrix), .exchange)
        }
        #expect(problem.key == "links.uplink.oversubscription")
    }

    @Test func `is played where it is not`() throws {
        #expect(try compile(1 << 20, bytesPerSecond: 1_000).programs.count == 4)
    }
}
