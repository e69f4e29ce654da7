import ClusterModel
import Exchange
import Links
import Testing

@Suite struct `Exchanges of two levels` {
    private func layer(seed: UInt64) throws -> (programs: [RankProgram], ports: PortMap) {
        var random = SeededRandom(seed: seed)
        let ports = try ports(nodes: 1 + random.next(below: 4), npus: 1 + random.next(below: 4))
        let world = ports.layout.world
        let matrix = TrafficMatrix(
            rows: (0..<world).map { _ in
                (0..<world).map { _ in random.next(below: 3) * random.next(below: 200_000) }
            }
        )
        let programs = LayerProgram.layer(
            gates: Array(repeating: .zero, count: world),
            experts: Array(repeating: .zero, count: world),
            matrix: matrix,
            .biLevel,
            over: ports
        )
        return (programs, ports)
    }

    /// Every hop of a kind's round: who sends to whom, and what.
    private func hops(
        _ programs: [RankProgram],
        _ kind: StageKind,
        round: Int
    ) -> [(from: Rank, to: Rank, run: MessageRun)] {
        programs.enumerated().flatMap { rank, program in
            program.stages.filter { $0.role.kind == kind && $0.role.round == round }
                .flatMap { $0.exchange?.sends ?? [] }
                .map { (Rank(rank), $0.peer, $0.run) }
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `go to a node first and then inside it, and come back the other way round`(
        seed: UInt64
    ) throws {
        let (programs, ports) = try layer(seed: seed)
        let layout = ports.layout
        for (kind, between, inside) in [(StageKind.dispatch, 0, 1), (.combine, 1, 0)] {
            for hop in hops(programs, kind, round: between) {
                #expect(layout.index(of: hop.from) == layout.index(of: hop.to))
                #expect(!layout.areOnOneNode(hop.from, hop.to))
            }
            for hop in hops(programs, kind, round: inside) {
                #expect(layout.areOnOneNode(hop.from, hop.to))
            }
        }
        // A token takes the same ways forth and back.
        func ways(_ kind: StageKind) -> Set<[Rank]> {
            Set(
                [0, 1].flatMap { hops(programs, kind, round: $0) }.map { hop in
                    kind == .dispatch
                        ? [hop.run.origin, hop.run.final, hop.from, hop.to]
                        : [hop.run.final, hop.run.origin, hop.to, hop.from]
                }
            )
        }
        #expect(ways(.dispatch) == ways(.combine))
    }

    @Test func `begin the second level when all of the first is in`() throws {
        let (programs, ports) = try layer(seed: 3)
        var cluster = VirtualCluster(
            programs,
            over: ports,
            pacing: RankPacing(chunk: ByteCount(4_096), window: .zero, catchUp: .zero)
        )
        try cluster.run()
        for program in programs {
            let rounds = program.stages.filter { $0.role.kind == .dispatch }
            #expect(rounds.map(\.role.round) == [0, 1])
            #expect(rounds.map { $0.exchange?.end } == [.allBytes, .ownBytes])
        }
    }
}
