import ClusterModel
import Exchange
import Links
import Testing

/// Tensor-parallel groups of 4 x 4 NPUs, and what they have for each other.
private struct Groups {
    let tp: Int
    let ports: PortMap
    /// Each rank has for the rank at its place in another group what its mates have for theirs.
    var matrix: TrafficMatrix

    init(tp: Int, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        self.tp = tp
        ports = PortMap(
            layout: RankLayout(
                nodes: 4,
                npusPerNode: 4,
                parallel: ParallelDegrees(tp: tp, ep: 16 / tp, dp: 1),
                experts: 16
            ),
            links: try #require(Preset.ascend910B3.links)
        )
        matrix = TrafficMatrix(size: 16)
        for from in stride(from: 0, to: 16, by: tp) {
            for to in stride(from: 0, to: 16, by: tp) {
                let bytes = random.next(below: 4) * random.next(below: 50_000)
                for place in 0..<tp { matrix[Rank(from + place), Rank(to + place)] = bytes }
            }
        }
    }

    func group(_ rank: Rank) -> Int { rank.index / tp }

    var programs: [RankProgram] { LayerProgram.bare(matrix, .groupwise, over: ports) }

    /// Every hop: who sends what to whom.
    var hops: [(from: Rank, send: OutgoingStream)] {
        programs.enumerated().flatMap { rank, program in
            (program.stages[0].exchange?.sends ?? []).map { (Rank(rank), $0) }
        }
    }

    /// Bytes that ranks of one group have for another, which are the same for all of them.
    var between: Int {
        stride(from: 0, to: 16, by: tp).reduce(0) { sum, from in
            let row = matrix.row(Rank(from))
            return sum
                + row.indices.reduce(0) {
                    $0 + (group(Rank($1)) == group(Rank(from)) ? 0 : row[$1])
                }
        }
    }
}

@Suite struct `Tensor-parallel groups that share what they carry` {
    @Test(arguments: [2, 4], UInt64(0)..<8)
    func `bring every rank all that is for it`(tp: Int, seed: UInt64) throws {
        let groups = try Groups(tp: tp, seed: seed)
        for (rank, program) in groups.programs.enumerated() {
            try ProgramCheck(
                rank: Rank(rank),
                program: program,
                outgoing: [groups.matrix.row(Rank(rank))],
                incoming: [groups.matrix.column(Rank(rank))],
                parts: 1
            ).check()
        }
    }

    @Test(arguments: [2, 4], UInt64(0)..<8)
    func `carry bytes between groups once, and hand them on to every mate`(tp: Int, seed: UInt64)
        throws
    {
        let groups = try Groups(tp: tp, seed: seed)
        let across = groups.hops.filter { groups.group($0.from) != groups.group($0.send.peer) }
        let inside = groups.hops.filter { groups.group($0.from) == groups.group($0.send.peer) }
        #expect(across.allSatisfy { $0.send.supply == .own })
        #expect(inside.allSatisfy { $0.send.supply != .own })
        #expect(across.reduce(0) { $0 + $1.send.run.bytes } == groups.between)
        #expect(inside.reduce(0) { $0 + $1.send.run.bytes } == (tp - 1) * groups.between)
    }

    @Test(arguments: [2, 4], UInt64(0)..<8)
    func `have equal shares`(tp: Int, seed: UInt64) throws {
        let groups = try Groups(tp: tp, seed: seed)
        for hop in groups.hops where hop.send.supply == .own {
            let (from, to) = (hop.from, hop.send.peer)
            #expect(from.index % tp == to.index % tp)
            let share = Double(groups.matrix[from, to]) / Double(tp)
            #expect(abs(Double(hop.send.run.bytes) - share) < 1)
        }
    }

    @Test(arguments: [2, 4])
    func `go directly where their messages are not alike`(tp: Int) throws {
        var groups = try Groups(tp: tp, seed: 3)
        for place in 0..<tp { groups.matrix[Rank(place), Rank(tp + place)] = 9_000 }
        groups.matrix[Rank(1), Rank(tp + 1)] = 9_001
        let first = groups.hops.filter { $0.from.index < tp && groups.group($0.send.peer) == 1 }
        #expect(first.filter { $0.send.supply == .own }.count == tp)
        for hop in first where hop.send.supply == .own {
            #expect(hop.send.run.bytes == groups.matrix[hop.from, hop.send.peer])
        }
        // Nobody hands these on.
        let handed = groups.hops.filter {
            $0.send.supply != .own && $0.send.run.origin.index < tp && groups.group($0.from) == 1
        }
        #expect(handed.isEmpty)
    }

    @Test func `of one rank each have nothing to share`() throws {
        let groups = try Groups(tp: 1, seed: 5)
        let direct = LayerProgram.bare(groups.matrix, .direct, over: groups.ports)
        #expect(groups.programs == direct)
    }
}
