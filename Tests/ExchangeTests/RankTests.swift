import ClusterModel
import Exchange
import Links
import Testing

@Suite struct `A rank in a step` {
    @Test func `without tokens finishes as it begins`() throws {
        var receiver = try Receiver(first: [0, 0, 0], second: [0, 0, 0])
        receiver.begin()
        #expect(
            receiver.actions == [
                .stageEnded(index: 0, at: .zero), .stageEnded(index: 1, at: .zero),
                .finished(at: .zero),
            ]
        )
        #expect(receiver.machine.isFinished)
        #expect(receiver.machine.nextWake() == nil)
    }

    @Test func `that gets nothing says so ahead of the start`() throws {
        var receiver = try Receiver(first: [0, 0, 0], second: [1, 0, 0])
        receiver.begin(at: -500)
        #expect(receiver.actions == [.stageEnded(index: 0, at: .zero)])
        try receiver.take(chunk(0, stage: 1, length: 1, depart: 40), at: -400)
        receiver.advance(to: 10_000_039)
        #expect(!receiver.machine.isFinished)
        receiver.advance(to: 10_000_040)
        #expect(receiver.machine.stageEnds.map(\.picoseconds) == [0, 10_000_040])
    }

    @Test func `ignores what it would send itself`() throws {
        var receiver = try Receiver(first: [0, 700, 0], second: [0, 0, 0])
        receiver.begin()
        #expect(receiver.machine.isFinished)
    }

    @Test func `gets one byte after its transfer and the wire`() throws {
        var receiver = try Receiver(first: [1, 0, 0], second: [0, 0, 0])
        receiver.begin()
        try receiver.take(chunk(0, length: 1, depart: 40))
        receiver.advance(to: 10_000_039)
        #expect(!receiver.machine.isFinished)
        #expect(receiver.machine.nextWake() == Instant(picoseconds: 10_000_040))
        receiver.advance(to: 10_000_040)
        #expect(receiver.machine.stageEnds.map(\.picoseconds) == [10_000_040, 10_000_040])
        #expect(receiver.machine.isFinished)
    }

    @Test func `takes chunks that come before it begins`() throws {
        var receiver = try Receiver(first: [250, 0, 0], second: [0, 0, 0])
        try receiver.take(chunk(0, depart: 4_000), at: -500)
        try receiver.take(chunk(1, depart: 8_000), at: -400)
        receiver.begin()
        #expect(receiver.machine.missing?.from.map(\.bytes) == [50])
        try receiver.take(chunk(2, length: 50, depart: 10_000))
        receiver.advance(to: 10_010_000)
        #expect(receiver.machine.isFinished)
        #expect(receiver.machine.quiet(at: Instant(picoseconds: 10_010_000))?.received == 3)
        #expect(receiver.machine.lateness.maxPicoseconds == 0)
    }

    @Test func `takes chunks of its next stage during this one`() throws {
        var receiver = try Receiver(first: [100, 0, 100], second: [50, 0, 0])
        receiver.begin()
        try receiver.take(chunk(0))
        try receiver.take(chunk(0, stage: 1, length: 50, depart: 6_000))
        receiver.advance(to: 20_000_000)
        #expect(receiver.machine.stageEnds.isEmpty)
        #expect(receiver.machine.missing?.from.map(\.source) == [Rank(2)])
        try receiver.take(chunk(0, source: 2, depart: 15_000_000), at: 20_000_000)
        receiver.advance(to: 25_000_000)
        #expect(receiver.machine.stageEnds.map(\.picoseconds) == [25_000_000, 25_000_000])
    }

    @Test func `names what it misses`() throws {
        var receiver = try Receiver(first: [250, 0, 70])
        receiver.begin()
        try receiver.take(chunk(0))
        let missing = try #require(receiver.machine.missing)
        #expect(missing.stage == 0)
        #expect(missing.from.map(\.source) == [Rank(0), Rank(2)])
        #expect(missing.from.map(\.bytes) == [150, 70])
    }

    @Test func `records how late the host was`() throws {
        var receiver = try Receiver(first: [100, 0, 0], second: [0, 0, 0])
        receiver.begin()
        try receiver.take(chunk(0, depart: 4_000), at: 17_004_000)
        receiver.advance(to: 17_004_000)
        #expect(receiver.machine.lateness.maxPicoseconds == 7_000_000)
        #expect(receiver.machine.stageEnds.first == Instant(picoseconds: 17_004_000))
    }

    @Test func `records how late it saw its end`() throws {
        var receiver = try Receiver(first: [100, 0, 0], second: [0, 0, 0])
        receiver.begin()
        try receiver.take(chunk(0, depart: 4_000))
        // It was in at 10,004,000 ps, and the host looked again 5 us later.
        receiver.advance(to: 15_004_000)
        #expect(receiver.machine.stageEnds.first == Instant(picoseconds: 15_004_000))
        #expect(receiver.machine.lateness.maxPicoseconds == 5_000_000)
    }

    @Test func `begins with its own node, then with the next, and with its own index there`() throws
    {
        let ports = try ports(nodes: 3, npus: 2)
        let matrix = TrafficMatrix(rows: Array(repeating: Array(repeating: 10, count: 6), count: 6))
        let programs = LayerProgram.bare(matrix, .direct, over: ports)
        let order = programs[3].stages[0].exchange?.sends.map(\.peer.index)
        #expect(order == [2, 5, 4, 1, 0])
    }

    @Test func `sends nothing further ahead than its window`() throws {
        let ports = try ports(nodes: 2, npus: 1)
        var machine = RankMachine(
            rank: Rank(0),
            program: .exchanges(of: Rank(0), [([0, 1_000], [0, 0])]),
            ports: ports,
            // 100 bytes take 4,000 ps.
            pacing: RankPacing(
                chunk: ByteCount(100),
                window: Interval(picoseconds: 9_000),
                catchUp: .zero
            )
        )
        var actions: [RankAction] = []
        machine.begin(at: .zero, &actions)
        // They begin to leave at 0, 4,000, 8,000 and 12,000 ps.
        #expect(actions.sends.count == 3)
        machine.advance(to: Instant(picoseconds: 2_999), &actions)
        #expect(actions.sends.count == 3)
        machine.advance(to: Instant(picoseconds: 3_000), &actions)
        #expect(actions.sends.count == 4)
    }
}

extension [RankAction] {
    /// Chunks handed to sockets, with their streams.
    var sends: [(chunk: DepartingChunk, stream: OutgoingStream)] {
        compactMap { if case .send(let chunk, let stream) = $0 { (chunk, stream) } else { nil } }
    }
}
