import ClusterModel
import Exchange
import Links
import Testing

/// Rank 1 of three sends 100 bytes to rank 0 and 50 to rank 2, and gets 30 from rank 0 and 40 from
/// rank 2, these in two runs.
private struct Checked {
    var sends = [
        outgoing(to: 0, run(1, 0, bytes: 100)),
        outgoing(to: 2, run(1, 2, bytes: 50)),
    ]
    var receives = [
        incoming(from: 0, run(0, 1, bytes: 30)),
        incoming(from: 2, run(2, 1, offset: 15, bytes: 25)),
        incoming(from: 2, run(2, 1, bytes: 15)),
    ]
    var kind = StageKind.dispatch
    var part = 0

    func check() throws {
        let exchange = RankExchange(sends: sends, receives: receives)
        try ProgramCheck(
            rank: Rank(1),
            program: RankProgram([
                RankProgram.Stage(StageRole(kind, part: part), after: [], .exchange(exchange))
            ]),
            outgoing: [[100, 0, 50]],
            incoming: [[30, 0, 40]],
            parts: 1
        ).check()
    }
}

private func run(_ origin: Int, _ final: Int, offset: Int = 0, bytes: Int) -> MessageRun {
    MessageRun(origin: Rank(origin), final: Rank(final), offset: offset, bytes: bytes)
}

private func outgoing(
    to peer: Int,
    _ run: MessageRun,
    _ supply: StreamSupply = .own
) -> OutgoingStream {
    OutgoingStream(peer: Rank(peer), slot: 0, run: run, supply: supply, opensMessage: true)
}

private func incoming(from peer: Int, _ run: MessageRun) -> IncomingStream {
    IncomingStream(peer: Rank(peer), run: run)
}

@Suite struct `A program checked against the counts` {
    /// The reason by which a changed program is refused.
    private func refused(_ change: (inout Checked) -> Void) -> String? {
        var checked = Checked()
        change(&checked)
        return #expect(throws: ProgramMisfit.self) { try checked.check() }?.description
    }

    @Test func `is played when it is about just those bytes`() throws {
        try Checked().check()
    }

    @Test func `may send less than there is, by other ways, and carry what is not its own`() throws
    {
        var checked = Checked()
        checked.sends = [
            outgoing(to: 2, run(1, 0, offset: 60, bytes: 40)),
            outgoing(to: 0, run(2, 0, bytes: 70), .relayed(round: 0, stream: 3)),
        ]
        checked.receives.append(incoming(from: 2, run(2, 0, bytes: 70)))
        checked.receives[0] = incoming(from: 2, run(0, 1, bytes: 30))
        try checked.check()
    }

    @Test func `is refused with an exchange that is not in the step`() {
        #expect(refused { $0.kind = .combine } == "a program with exchange 1")
    }

    @Test(arguments: [1, 3, -1])
    func `is refused with a peer that is none`(peer: Int) {
        let reason = "a program with rank \(peer) as peer"
        #expect(refused { $0.sends.append(outgoing(to: peer, run(1, 0, bytes: 1))) } == reason)
        #expect(refused { $0.receives[0] = incoming(from: peer, run(0, 1, bytes: 30)) } == reason)
        #expect(refused { $0.receives.append(incoming(from: 0, run(peer, 1, bytes: 9))) } == reason)
    }

    @Test func `is refused if it sends what the message does not have`() {
        #expect(
            refused { $0.sends[0] = outgoing(to: 0, run(1, 0, offset: 60, bytes: 41)) }
                == "a program that sends bytes 60 to 101 of a message from rank 1 to rank 0 that "
                + "has not so many"
        )
        #expect(
            refused { $0.sends[0] = outgoing(to: 2, run(1, 1, bytes: 1)) }
                == "a program that sends bytes 0 to 1 of a message from rank 1 to rank 1 that "
                + "has not so many"
        )
    }

    @Test func `is refused if it sends another's message as its own`() {
        #expect(
            refused { $0.sends[0] = outgoing(to: 0, run(2, 0, bytes: 10)) }?
                .contains("from rank 2 to rank 0") == true
        )
    }

    @Test func `is refused if it sends to a rank that is none by way of one that is`() {
        #expect(
            refused { $0.sends[0] = outgoing(to: 0, run(1, 3, bytes: 10)) }?
                .contains("from rank 1 to rank 3") == true
        )
    }

    @Test func `is refused if less or more comes than was announced`() {
        let announced = "bytes from rank 2, which announced 40"
        #expect(refused { $0.receives.remove(at: 1) } == "a program that brings 15 \(announced)")
        #expect(refused { $0.receives.removeLast(2) } == "a program that brings 0 \(announced)")
        let more = incoming(from: 0, run(2, 1, offset: 40, bytes: 1))
        #expect(refused { $0.receives.append(more) } == "a program that brings 41 \(announced)")
    }

    @Test func `is refused if bytes come twice and others never`() {
        #expect(
            refused { $0.receives[2] = incoming(from: 2, run(2, 1, offset: 1, bytes: 15)) } != nil
        )
        #expect(refused { $0.receives[1] = incoming(from: 2, run(2, 1, bytes: 25)) } != nil)
        #expect(
            refused { $0.receives[1] = incoming(from: 2, run(2, 1, offset: 16, bytes: 25)) } != nil
        )
    }

    @Test func `has no part of an exchange that is not cut`() {
        let seen = refused { $0.part = 1 }
        #expect(seen == "a program with part 1 of exchanges that are cut into 1")
    }

    @Test(
        arguments: [.direct, .pairwise, .hierarchical, .biLevel, .rail, .balanced]
            as [ExchangeAlgorithm],
        UInt64(0)..<8
    )
    func `is played whoever planned it`(algorithm: ExchangeAlgorithm, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let ports = try ports(nodes: 1 + random.next(below: 4), npus: 1 + random.next(below: 4))
        let world = ports.layout.world
        let matrix = TrafficMatrix(
            rows: (0..<world).map { _ in
                (0..<world).map { _ in random.next(below: 3) * random.next(below: 200_000) }
            }
        )
        let parts = 1 + random.next(below: 3)
        let programs = LayerProgram.layer(
            gates: Array(repeating: .zero, count: world),
            experts: Array(repeating: .zero, count: world),
            matrix: matrix,
            algorithm,
            over: ports,
            cut: MessageCut(parts: parts, unit: 1_024)
        )
        for (rank, program) in programs.enumerated() {
            let (row, column) = (matrix.row(Rank(rank)), matrix.column(Rank(rank)))
            try ProgramCheck(
                rank: Rank(rank),
                program: program,
                outgoing: [row, column],
                incoming: [column, row],
                parts: parts
            ).check()
        }
    }
}
