import ClusterModel
import Testing

@testable import Exchange

@Suite struct `What one node has for another` {
    /// Ways from node 0 to node 1 of four NPUs, messages of up to `most` bytes, many to rank 5.
    private func ways(seed: UInt64, most: Int) throws -> (messages: MessageMatrix, ways: [Way]) {
        var random = SeededRandom(seed: seed)
        var matrix = TrafficMatrix(size: 8)
        for from in 0..<4 {
            for to in 4..<8 where random.next(below: 4) > 0 {
                let bytes = random.next(below: most) * (to == 5 ? 3 : 1)
                matrix[Rank(from), Rank(to)] = bytes
            }
        }
        // Bytes that go the other way, as many as a rank has this way: they must not count, where
        // lanes between mates have room for what is handed on both ways.
        matrix[Rank(6), Rank(2)] = most
        // The node's own ones: they take of a lane between mates, not of a NIC.
        matrix[Rank(0), Rank(1)] = 1 << 10
        let messages = MessageMatrix(matrix)
        var ways: [Way] = []
        let ports = try ports(nodes: 2, npus: 4)
        let nodes = [0, 1].map { index in
            let node = NodeIndex(index)
            return (node: node, shares: RelayShares(of: node, matrix, ports))
        }
        NodePair(nodes[0], nodes[1], messages, ports.layout).append(to: &ways)
        return (messages, ways)
    }

    @Test(arguments: UInt64(0)..<20, [10_000, 16 << 20])
    func `goes once and whole, the part that waits for no relay first`(seed: UInt64, most: Int)
        throws
    {
        let (messages, ways) = try ways(seed: seed, most: most)
        var next = TrafficMatrix(size: 8)
        for way in ways {
            #expect(way.crosses)
            let (origin, final) = (way.run.origin, way.run.final)
            #expect(way.run.offset == next[origin, final])
            #expect(way.run.bytes > 0)
            if way.run.offset > 0 { #expect(way.exit != origin || way.entry != final) }
            next[origin, final] += way.run.bytes
        }
        for from in 0..<4 {
            for to in 4..<8 {
                #expect(next[Rank(from), Rank(to)] == messages.bytes[Rank(from), Rank(to)])
            }
        }
        #expect(next[Rank(0), Rank(1)] == 0)
    }

    @Test(arguments: UInt64(0)..<20)
    func `loads the NICs of both alike`(seed: UInt64) throws {
        let ways = try ways(seed: seed, most: 16 << 20).ways
        var out: [Rank: Int] = [:]
        var into: [Rank: Int] = [:]
        for way in ways {
            out[way.exit, default: 0] += way.run.bytes
            into[way.entry, default: 0] += way.run.bytes
        }
        let quota = ways.reduce(0) { $0 + $1.run.bytes } / 4
        for loads in [out, into] {
            #expect(loads.count == 4)
            // Shares are rounded to bytes, and runs that are too short keep to the direct way.
            for bytes in loads.values { #expect(abs(bytes - quota) < quota / 500) }
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func `leaves a rank's own NIC only for what is above its share`(seed: UInt64) throws {
        let (messages, ways) = try ways(seed: seed, most: 16 << 20)
        let loads = (0..<4).map { messages.bytes.row(Rank($0))[4...].reduce(0, +) }
        let quota = loads.reduce(0, +) / 4
        for rank in 0..<4 {
            let own = ways.filter { $0.run.origin == Rank(rank) && $0.exit == Rank(rank) }
                .reduce(0) { $0 + $1.run.bytes }
            if loads[rank] <= quota {
                #expect(own == loads[rank])
            } else {
                #expect(abs(own - quota) < quota / 500)
            }
        }
    }

    @Test func `takes no relay where too little would go by it`() throws {
        let ways = try ways(seed: 1, most: BalancedSchedule.runMin / 3).ways
        #expect(!ways.isEmpty)
        #expect(ways.allSatisfy { $0.exit == $0.run.origin && $0.entry == $0.run.final })
    }

    @Test func `hops over each rank once`() {
        let run = MessageRun(origin: Rank(0), final: Rank(5), offset: 0, bytes: 1)
        func hops(_ exit: Int, _ entry: Int) -> [Int] {
            Way(run: run, exit: Rank(exit), entry: Rank(entry), crosses: true).hops.map(\.index)
        }
        #expect(hops(0, 5) == [0, 5])
        #expect(hops(2, 5) == [0, 2, 5])
        #expect(hops(0, 7) == [0, 7, 5])
        #expect(hops(2, 7) == [0, 2, 7, 5])
    }
}
