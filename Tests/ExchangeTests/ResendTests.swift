import ClusterModel
import Exchange
import Links
import Testing

/// Chunks whose bytes come wrong, between machines in virtual time.
@Suite struct `A chunk that comes damaged` {
    private static let limits = ResendLimits(chunk: 3, step: 64)

    /// Two nodes of one NPU, 25 GB/s and 10 µs between them: a byte takes 40 ps; chunks of 100.
    private func pair(_ bytes: Int, limits: ResendLimits? = limits) throws -> VirtualCluster {
        let ports = try ports(nodes: 2, npus: 1)
        let matrix = TrafficMatrix(rows: [[0, bytes], [0, 0]])
        return VirtualCluster(
            LayerProgram.bare(matrix, .direct, over: ports),
            over: ports,
            pacing: RankPacing(
                chunk: ByteCount(100),
                window: .zero,
                catchUp: .zero,
                resends: limits
            )
        )
    }

    /// It crosses, the request goes back, it leaves again and crosses again.
    @Test(arguments: [
        // Of one chunk the only one, of three the first, the middle and the last.
        (100, 0, 4_000), (250, 0, 4_000), (250, 1, 8_000), (250, 2, 10_000),
    ])
    func `costs its way there and back, and no other waits for it`(
        bytes: Int,
        sequence: Int,
        depart: Int64
    ) throws {
        var cluster = try pair(bytes)
        cluster.isDamaged = { $0.chunk.sequence == sequence && $0.chunk.attempt == 0 }
        try cluster.run()
        let length = Int64(min(100, bytes - 100 * sequence))
        let wire: Int64 = 10_000_000
        #expect(cluster.asked.map(\.depart.picoseconds) == [depart + wire])
        let again = try #require(cluster.sent.last)
        #expect(again.chunk.attempt == 1 && again.chunk.sequence == sequence)
        #expect(again.chunk.start.picoseconds == depart + 2 * wire)
        let end = depart + 3 * wire + 40 * length
        #expect(cluster.finish.picoseconds == end)
        #expect(cluster.machines.allSatisfy { $0.isFinished })
        let record = try #require(cluster.machines[1].ways.records.first)
        #expect(record.damaged == 1 && record.resentBytes == Int(length))
        let quiet = cluster.machines.compactMap { $0.quiet(at: cluster.finish) }
        #expect(quiet.reduce(0) { $0 + $1.sent - $1.received } == 0)
    }

    @Test func `is asked for as often as it may be, then given up`() throws {
        for tries in 1...5 {
            var cluster = try pair(250)
            cluster.isDamaged = { $0.chunk.sequence == 1 && $0.chunk.attempt < tries }
            try cluster.run()
            let isBorne = tries <= Self.limits.chunk
            #expect(cluster.asked.count == min(tries, Self.limits.chunk))
            #expect(cluster.givenUp == (isBorne ? 0 : 1))
            #expect(cluster.machines[1].isFinished == isBorne)
            if !isBorne { #expect(cluster.machines[1].missing?.from.map(\.bytes) == [100]) }
        }
    }

    @Test func `counts against what a step may ask for`() throws {
        var cluster = try pair(1_000, limits: ResendLimits(chunk: 3, step: 4))
        cluster.isDamaged = { $0.chunk.attempt == 0 }
        try cluster.run()
        #expect(cluster.asked.count == 4 && cluster.givenUp == 1)
    }

    @Test func `is not asked for where there are no limits`() throws {
        var cluster = try pair(100, limits: nil)
        cluster.isDamaged = { _ in true }
        try cluster.run()
        #expect(cluster.asked.isEmpty && cluster.givenUp == 1)
    }

    @Test func `is sent again after what waits at its port, and before a later stage`() throws {
        // Rank 0 has much for rank 2 in the same stage.
        let ports = try ports(nodes: 3, npus: 1)
        let matrix = TrafficMatrix(rows: [[0, 100, 600_000], [0, 0, 0], [0, 0, 0]])
        var cluster = VirtualCluster(
            LayerProgram.bare(matrix, .direct, over: ports),
            over: ports,
            pacing: RankPacing(
                chunk: ByteCount(100),
                window: .zero,
                catchUp: .zero,
                resends: Self.limits
            )
        )
        cluster.isDamaged = { $0.destination == Rank(1) && $0.chunk.attempt == 0 }
        try cluster.run()
        let again = try #require(cluster.sent.first { $0.chunk.attempt == 1 })
        // The request is here at 20,004,000: the chunk that is leaving then goes on, and one that
        // had asked before.
        let wait = again.chunk.start.picoseconds - 20_004_000
        #expect((0...8_000).contains(wait))
    }

    @Test func `is no chunk that its stream does not have`() throws {
        let ports = try ports(nodes: 2, npus: 1)
        var machine = RankMachine(
            rank: Rank(0),
            program: .exchanges(of: Rank(0), [([0, 250], [0, 0])]),
            ports: ports,
            pacing: RankPacing(
                chunk: ByteCount(100),
                window: .zero,
                catchUp: .zero,
                resends: Self.limits
            )
        )
        var actions: [RankAction] = []
        machine.begin(at: .zero, &actions)
        let request = { (stage: Int, stream: Int, sequence: Int) in
            ChunkRequest(
                asker: Rank(1),
                stage: stage,
                stream: stream,
                sequence: sequence,
                depart: .zero
            )
        }
        // What has not left yet comes as it would have.
        let queued = machine.nextWake()
        try machine.asked(request(0, 0, 1))
        #expect(machine.nextWake() == queued)
        #expect(throws: ChunkViolation.unsent(sequence: 9, stream: 0)) {
            try machine.asked(request(0, 0, 9))
        }
        #expect(throws: ChunkViolation.unknownStream(1, of: Rank(1))) {
            try machine.asked(request(0, 1, 0))
        }
        #expect(throws: ChunkViolation.unknownExchange(3)) { try machine.asked(request(3, 0, 0)) }
        for _ in 0..<3 { try machine.asked(request(0, 0, 0)) }
        #expect(throws: ChunkViolation.askedTooOften(sequence: 0, stream: 0)) {
            try machine.asked(request(0, 0, 0))
        }
    }

    /// Any algorithm, any damage within the limits: every byte comes whole once, nobody passes on
    /// what has not come, and nobody waits for ever.
    @Test(arguments: UInt64(0)..<60)
    func `leaves every exchange as it should be`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let ports = try ports(nodes: 1 + random.next(below: 3), npus: 1 + random.next(below: 3))
        let world = ports.layout.world
        let matrix = TrafficMatrix(
            rows: (0..<world).map { _ in
                (0..<world).map { _ in random.next(below: 3) == 0 ? 0 : random.next(below: 9_000) }
            }
        )
        let algorithms: [ExchangeAlgorithm] = [
            .direct, .pairwise, .hierarchical, .rail, .balanced,
        ]
        let programs = LayerProgram.bare(
            matrix,
            algorithms[random.next(below: algorithms.count)],
            over: ports
        )
        let pacing = RankPacing(
            chunk: ByteCount(200 + random.next(below: 2_000)),
            window: Interval(picoseconds: Int64(random.next(below: 2)) * 400_000),
            catchUp: .zero,
            resends: ResendLimits(chunk: 3, step: 100_000)
        )
        var calm = VirtualCluster(programs, over: ports, pacing: pacing)
        try calm.run()
        var hurt = VirtualCluster(programs, over: ports, pacing: pacing)
        hurt.isDamaged = { sent in
            var draw = SeededRandom(
                seed: seed,
                UInt64(sent.source.index),
                UInt64(sent.destination.index),
                UInt64(sent.chunk.stage * 1_000 + sent.chunk.stream),
                UInt64(sent.chunk.sequence * 10 + sent.chunk.attempt)
            )
            return sent.chunk.attempt < 3 && draw.next(below: 4) == 0
        }
        try hurt.run()
        #expect(hurt.givenUp == 0)
        #expect(hurt.machines.allSatisfy { $0.isFinished })
        #expect(hurt.whole.count == calm.whole.count)
        let bytes = { (cluster: VirtualCluster) in cluster.whole.reduce(0) { $0 + $1.length } }
        #expect(bytes(hurt) == bytes(calm))
        #expect(hurt.finish >= calm.finish)
        if matrix.total > 0, !hurt.asked.isEmpty { #expect(hurt.sent.count > calm.sent.count) }
        let quiet = hurt.machines.compactMap { $0.quiet(at: hurt.finish) }
        #expect(quiet.reduce(0) { $0 + $1.sent - $1.received } == 0)
        try expectCausal(hurt, programs)
    }

    /// What is relayed within a stage has come whole before it leaves, chunk by chunk.
    private func expectCausal(_ cluster: VirtualCluster, _ programs: [RankProgram]) throws {
        var came: [[Int]: Instant] = [:]
        for sent in cluster.sent {
            let role = programs[sent.source.index].stages[sent.chunk.stage].role
            if case .relayed(let round, let feed) = sent.stream.supply, Int(round) == role.round {
                let key = [
                    sent.source.index, sent.chunk.stage, Int(feed), sent.chunk.sequence,
                ]
                let arrival = try #require(came[key], "relayed before it came")
                #expect(sent.chunk.start >= arrival)
            }
            guard !cluster.isDamaged(sent), sent.chunk.touch != .swallowed else { continue }
            came[
                [
                    sent.destination.index, sent.chunk.stage, sent.stream.slot,
                    sent.chunk.sequence,
                ]
            ] = sent.chunk.depart
        }
    }
}
