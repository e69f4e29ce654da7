import ClusterModel
import Links
import Testing

@testable import Exchange

/// Node 0 of two, its ranks receiving from (or sending to) the ranks of node 1.
private struct Far {
    let ports: PortMap
    var matrix: TrafficMatrix

    /// `loads`: bytes of each rank of node 0, by direction.
    init(out: [Int] = [], into: [Int] = [], _ preset: Preset = .ascend910B3) throws {
        let npus = max(out.count, into.count)
        ports = PortMap(
            layout: RankLayout(
                nodes: 2,
                npusPerNode: npus,
                parallel: ParallelDegrees(tp: 1, ep: 2 * npus, dp: 1),
                experts: 2 * npus
            ),
            links: try #require(preset.links)
        )
        matrix = TrafficMatrix(size: 2 * npus)
        for (index, bytes) in out.enumerated() { matrix[Rank(index), Rank(npus + index)] = bytes }
        for (index, bytes) in into.enumerated() { matrix[Rank(npus + index), Rank(index)] = bytes }
    }

    var shares: RelayShares { RelayShares(of: NodeIndex(0), matrix, ports) }
}

@Suite struct `Bytes spread over NICs` {
    @Test func `stay where they are when loads are even`() throws {
        #expect(try Far(out: [7, 7, 7]).shares.exits == [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    }

    @Test func `of a node without any stay where they are`() throws {
        let shares = try Far(out: [0, 0]).shares
        #expect(shares.exits == [[1, 0], [0, 1]] && shares.entries == shares.exits)
    }

    @Test func `of one loaded rank take all NICs alike`() throws {
        let shares = try Far(into: [0, 400, 0, 0]).shares
        #expect(shares.entries[1] == [0.25, 0.25, 0.25, 0.25])
        #expect(shares.exits[1] == [0, 1, 0, 0])
    }

    @Test func `move only as far as they must`() throws {
        // 30 a NIC: rank 0 has 30 too many, of which rank 1 takes 20 and rank 2 takes 10.
        let shares = try Far(out: [60, 10, 20]).shares.exits
        #expect(shares[0].map { ($0 * 60).rounded() } == [30, 20, 10])
        #expect(shares[1] == [0, 1, 0])
        #expect(shares[2] == [0, 0, 1])
    }

    @Test(arguments: UInt64(0)..<50)
    func `load every NIC the same, and their own first`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let loads = (0..<(2 + random.next(below: 7))).map { _ in
            random.next(below: 3) * random.next(below: 1 << 30)
        }
        let quota = Double(loads.reduce(0, +)) / Double(loads.count)
        let shares = try Far(out: loads).shares.exits
        for (index, row) in shares.enumerated() {
            #expect(abs(row.reduce(0, +) - 1) < 1e-9)
            let load = Double(loads[index])
            #expect(abs(row[index] * load - min(load, quota)) <= 1e-6 * quota)
            let carried = loads.indices.reduce(0.0) { $0 + Double(loads[$1]) * shares[$1][index] }
            #expect(abs(carried - quota) <= 1e-6 * quota)
        }
    }

    @Test func `cross between quads as far as their shared port can take them`() throws {
        // 82 GB/s join a quad with the rest: four NICs of 12.5, and PCIe of 32. Rank 1 has it all.
        let bytes = 82_000_000
        let shares = try Far(into: [0, bytes, 0, 0, 0, 0, 0, 0], .ascend910A).shares.entries[1]
        let quads = [shares[..<4].reduce(0, +), shares[4...].reduce(0, +)]
        #expect(abs(quads[0] - 50.0 / 82) < 1e-3 && abs(quads[1] - 32.0 / 82) < 1e-3)
        for nic in 0..<4 { #expect(abs(shares[nic] - 12.5 / 82) < 1e-3) }
    }

    @Test func `leave a shared port to the node's own messages`() throws {
        var far = try Far(into: [0, 50_000_000, 0, 0, 0, 0, 0, 0], .ascend910A)
        // 1 ms of the port that hands over what the other quad's NICs bring.
        far.matrix[Rank(4), Rank(0)] = 32_000_000
        let shares = far.shares.entries[1]
        #expect(shares[4...].reduce(0, +) < 1e-3)
        for nic in 0..<4 { #expect(abs(shares[nic] - 0.25) < 1e-3) }
    }

    @Test func `go over a slow lane no longer than over NICs`() throws {
        // Lanes of a tenth of a NIC: of 130 bytes the own NIC takes 100, each mate's 10.
        let far = try Far(into: [0, 130_000, 0, 0])
        var links = far.ports.links
        let nic = links.roce.bandwidth.bytesPerSecond
        links.hccs.bandwidth = Bandwidth(bytesPerSecond: nic / 10)
        let ports = PortMap(layout: far.ports.layout, links: links)
        let shares = RelayShares(of: NodeIndex(0), far.matrix, ports).entries[1]
        #expect(abs(shares[1] - 100.0 / 130) < 2e-3)
        for mate in [0, 2, 3] { #expect(abs(shares[mate] - 10.0 / 130) < 2e-3) }
    }

    /// Two planes of two nodes: what ranks have for the other plane says nothing of their own.
    @Test func `of other planes leave messages of the own one alone`() throws {
        var links = try #require(Preset.ascend910B3.links)
        links.planeNodes = 2
        let base = try ports(nodes: 4, npus: 2)
        let ports = PortMap(layout: base.layout, links: links)
        var matrix = TrafficMatrix(size: 8)
        matrix[Rank(0), Rank(4)] = 8 << 20
        matrix[Rank(0), Rank(2)] = 4 << 20
        let schedule = ExchangeSchedule(.balanced, MessageMatrix(matrix), over: ports)
        let sends = schedule.rounds.flatMap { $0 }.flatMap(\.sends)
        #expect(sends.filter { $0.run.final == Rank(2) }.map(\.peer) == [Rank(2)])
        #expect(sends.filter { $0.run.final == Rank(4) }.count > 1)
    }

    @Test func `within an HCCS plane need no NIC, and no relay`() throws {
        let far = try Far(into: [0, 1 << 20, 0, 0], .cloudMatrix384)
        #expect(far.ports.link(Rank(5), Rank(1)) == .hccs)
        #expect(far.shares.entries[1] == [0, 1, 0, 0])
    }
}
