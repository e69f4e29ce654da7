import ClusterModel
import Testing

@testable import Links

private func map(_ nodes: Int, _ npus: Int, _ topology: HCCSTopology) throws -> PortMap {
    var links = try #require(Preset.ascend910B3.links)
    links.topology = topology
    return PortMap(
        layout: RankLayout(
            nodes: nodes,
            npusPerNode: npus,
            parallel: ParallelDegrees(tp: 1, ep: nodes * npus, dp: 1),
            experts: nodes * npus
        ),
        links: links
    )
}

/// A cluster and what its ports carry together.
struct Peak {
    let nodes: Int
    let npus: Int
    let topology: HCCSTopology
    let rate: Double
}

@Suite struct `Ways between ranks` {
    @Test func `are HCCS inside a node and RoCE between nodes`() throws {
        let ports = try map(2, 4, .mesh)
        #expect(ports.link(Rank(3), Rank(4)) == .roce)
        #expect(ports.link(Rank(0), Rank(3)) == .hccs)
    }

    @Test func `lead over the NIC between nodes`() throws {
        for topology in HCCSTopology.allCases {
            let route = try map(2, 4, topology).route(from: Rank(1), to: Rank(6))
            #expect(
                route
                    == Route(
                        .roce,
                        egress: 0,
                        ingress: 0,
                        latency: Interval(picoseconds: 10_000_000)
                    )
            )
        }
    }

    @Test func `lead over a link of their own on a mesh`() throws {
        let ports = try map(2, 4, .mesh)
        let route = ports.route(from: Rank(5), to: Rank(7))
        let latency = Interval(picoseconds: 3_000_000)
        #expect(route == Route(.hccs, egress: 5, ingress: 3, latency: latency))
        #expect(ports.portCount == 6)
    }

    @Test func `share one port on a switch`() throws {
        let ports = try map(2, 4, .switch)
        for peer in [4, 6, 7] {
            let route = ports.route(from: Rank(5), to: Rank(peer))
            #expect(route.egress == 2)
            #expect(route.ingress == 2)
        }
        #expect(ports.portCount == 3)
    }

    @Test func `no two pairs of a mesh share a port`() throws {
        let ports = try map(2, 8, .mesh)
        for rank in ports.layout.ranks {
            let mates = ports.layout.ranks.filter {
                $0 != rank && ports.layout.areOnOneNode($0, rank)
            }
            let out = Set(mates.map { ports.route(from: rank, to: $0).egress })
            let into = Set(mates.map { ports.route(from: $0, to: rank).ingress })
            #expect(out.count == 7)
            #expect(into.count == 7)
            #expect(!out.contains(0) && !into.contains(0))
            #expect((out.union(into).max() ?? 0) < ports.portCount)
        }
    }

    @Test func `a port has the rate of its class`() throws {
        let ports = try map(2, 4, .mesh)
        #expect(ports.rate(ofPort: 0).bandwidth.bytesPerSecond == 25_000_000_000)
        #expect(ports.rate(ofPort: 3).bandwidth.bytesPerSecond == 28_000_000_000)
    }

    @Test(arguments: [
        // Ranks x (a NIC if there is another node, and the HCCS ports), in GB/s.
        Peak(nodes: 2, npus: 4, topology: .mesh, rate: 872),
        Peak(nodes: 2, npus: 4, topology: .switch, rate: 424),
        Peak(nodes: 1, npus: 8, topology: .mesh, rate: 1_568),
        Peak(nodes: 4, npus: 1, topology: .switch, rate: 100),
        Peak(nodes: 1, npus: 1, topology: .mesh, rate: 0),
    ])
    func `the peak counts every port that can be busy`(peak: Peak) throws {
        let ports = try map(peak.nodes, peak.npus, peak.topology)
        #expect(ports.peakBytesPerSecond == peak.rate * 1e9)
    }

    @Test func `unshaped links take no time worth speaking of`() {
        let layout = RankLayout(
            nodes: 1,
            npusPerNode: 2,
            parallel: ParallelDegrees(tp: 1, ep: 2, dp: 1),
            experts: 2
        )
        let ports = PortMap.unshaped(layout: layout)
        let time = ports.rate(ofPort: 0).bandwidth.time(for: ByteCount(1 << 20))
        #expect(time.picoseconds <= 1)
        #expect(ports.route(from: Rank(0), to: Rank(1)).latency == .zero)
    }

    @Test func `a route to oneself stops the process`() async {
        await #expect(processExitsWith: .failure) {
            _ = try map(1, 2, .mesh).route(from: Rank(1), to: Rank(1))
        }
    }
}
