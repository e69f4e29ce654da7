import ClusterModel
import Exchange
import Links
import Testing

/// Chunks that never come, between machines in virtual time.
@Suite struct `A chunk that never comes` {
    /// Two nodes of one NPU, 25 GB/s and 10 µs between them: a byte takes 40 ps; chunks of 100, of
    /// which those that begin to leave between two instants are swallowed.
    private func play(_ bytes: Int, from: Instant, until: Instant, limits: ResendLimits?) throws
        -> VirtualCluster
    {
        let ports = try ports(nodes: 2, npus: 1)
        var programs = LayerProgram.bare(
            TrafficMatrix(rows: [[0, bytes], [0, 0]]),
            .direct,
            over: ports
        )
        programs[0].impairments = [swallowing(to: 1, from: from, until: until)]
        var cluster = VirtualCluster(
            programs,
            over: ports,
            pacing: RankPacing(
                chunk: ByteCount(100),
                window: .zero,
                catchUp: .zero,
                resends: limits
            )
        )
        try cluster.run()
        return cluster
    }

    private let limits = ResendLimits(chunk: 3, step: 64)
    private let wire: Int64 = 10_000_000

    private func at(_ picoseconds: Int64) -> Instant { Instant(picoseconds: picoseconds) }

    @Test func `is asked for as soon as two behind it are here`() throws {
        // The first of five is swallowed; the third has left at 12,000.
        let cluster = try play(500, from: at(-1), until: at(1), limits: limits)
        #expect(cluster.swallowed == 1 && cluster.asked.map(\.sequence) == [0])
        #expect(cluster.asked.map(\.depart) == [at(12_000 + wire)])
        // Those behind it waited for it, and go through their port after it.
        #expect(cluster.finish == at(12_000 + 3 * wire + 5 * 4_000))
        #expect(cluster.machines.allSatisfy { $0.isFinished })
        let record = try #require(cluster.machines[1].ways.records.first)
        #expect(record.missed == 1 && record.damaged == 0 && record.resentBytes == 100)
    }

    @Test func `is asked for once it is overdue where nothing comes behind it`() throws {
        // The last of three, which left from 8,000 on.
        let cluster = try play(300, from: at(8_000), until: at(9_000), limits: limits)
        let overdue: Int64 = 1_000_000_000
        #expect(cluster.asked.map(\.sequence) == [2])
        #expect(cluster.asked.map(\.depart) == [at(8_000 + wire + overdue)])
        #expect(cluster.finish == at(8_000 + 3 * wire + overdue + 4_000))
        #expect(cluster.machines.allSatisfy { $0.isFinished })
    }

    @Test func `is given up where it is swallowed each time`() throws {
        let always = LinkImpairment.always
        let cluster = try play(
            100,
            from: always.lowerBound,
            until: always.upperBound,
            limits: limits
        )
        #expect(cluster.asked.count == limits.chunk && cluster.swallowed == limits.chunk + 1)
        #expect(cluster.machines[1].missing?.from.map(\.bytes) == [100])
        // Nobody takes it for something that is still under way.
        let quiet = cluster.machines.compactMap { $0.quiet(at: at(.max / 8)) }
        #expect(quiet.count == 2 && quiet.allSatisfy { $0.wake == nil })
        #expect(quiet.reduce(0) { $0 + $1.sent - $1.received } == 0)
    }

    @Test func `is not asked for where nothing may be`() throws {
        let cluster = try play(500, from: at(-1), until: at(1), limits: nil)
        #expect(cluster.asked.isEmpty && !cluster.machines[1].isFinished)
    }

    @Test func `is asked for though another of its stage may not be any more`() throws {
        let ports = try ports(nodes: 2, npus: 1)
        let matrix = TrafficMatrix(rows: [[0, 500], [0, 0]])
        var programs = LayerProgram.bare(matrix, .direct, over: ports)
        // The first of five and what is sent in its place, once those behind it say that it is
        // missing; and the last.
        let again = 12_000 + 2 * wire
        for from in [0, again, 16_000] {
            programs[0].impairments.append(swallowing(to: 1, from: at(from), until: at(from + 1)))
        }
        let pacing = RankPacing(
            chunk: ByteCount(100),
            window: .zero,
            catchUp: .zero,
            resends: ResendLimits(chunk: 1, step: 64)
        )
        var cluster = VirtualCluster(programs, over: ports, pacing: pacing)
        try cluster.run()
        #expect(cluster.swallowed == 3)
        #expect(cluster.asked.map(\.sequence) == [0, 4])
    }

    /// Who waits for a later stage waits for somebody that has not begun to send it: what it may
    /// ask for is for later.
    @Test func `of a later stage is not asked for while an earlier one is waited for`() throws {
        let ports = try ports(nodes: 3, npus: 1)
        // In rounds; rank 1 sends rank 0 nothing before it has what rank 0 sends it.
        let matrix = TrafficMatrix(rows: [[0, 100, 300], [300, 0, 300], [300, 300, 0]])
        var programs = LayerProgram.bare(matrix, .pairwise, over: ports)
        let always = LinkImpairment.always
        programs[0].impairments = [
            swallowing(to: 1, from: always.lowerBound, until: always.upperBound)
        ]
        let pacing = RankPacing(
            chunk: ByteCount(100),
            window: .zero,
            catchUp: .zero,
            resends: limits
        )
        var cluster = VirtualCluster(programs, over: ports, pacing: pacing)
        try cluster.run()
        #expect(cluster.machines[0].missing?.stage == 1 && cluster.machines[1].missing?.stage == 0)
        #expect(cluster.asked.map(\.stage) == [0, 0, 0])
        #expect(cluster.asked.map(\.asker) == [Rank(1), Rank(1), Rank(1)])
    }

    private func swallowing(to peer: Int, from: Instant, until: Instant) -> LinkImpairment {
        LinkImpairment(
            strike: 0,
            peer: Rank(peer),
            stages: 0..<4,
            from: from,
            until: until,
            effect: .touch(.swallowed, .one),
            seed: 1
        )
    }

    /// Any algorithm, a fifth of all chunks lost: every byte comes once, and nobody waits for ever.
    @Test(arguments: UInt64(0)..<60)
    func `leaves every exchange as it should be`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let ports = try ports(nodes: 1 + random.next(below: 3), npus: 1 + random.next(below: 3))
        let ranks = ports.layout.ranks
        let matrix = TrafficMatrix(
            rows: ranks.map { _ in
                ranks.map { _ in random.next(below: 3) == 0 ? 0 : random.next(below: 9_000) }
            }
        )
        let algorithms: [ExchangeAlgorithm] = [
            .direct, .pairwise, .hierarchical, .rail, .balanced,
        ]
        let algorithm = algorithms[random.next(below: algorithms.count)]
        let calmPrograms = LayerProgram.bare(matrix, algorithm, over: ports)
        let pacing = RankPacing(
            chunk: ByteCount(200 + random.next(below: 2_000)),
            window: Interval(picoseconds: Int64(random.next(below: 2)) * 400_000),
            catchUp: .zero,
            resends: ResendLimits(chunk: 16, step: 100_000)
        )
        let fifth = try #require(Ratio(1, 5))
        var programs = calmPrograms
        for rank in ranks {
            programs[rank.index].impairments = ranks.filter { $0 != rank }.map {
                LinkImpairment(
                    strike: 0,
                    peer: $0,
                    stages: 0..<programs[rank.index].stages.count,
                    effect: .touch(.swallowed, fifth),
                    seed: seed
                )
            }
        }
        var calm = VirtualCluster(calmPrograms, over: ports, pacing: pacing)
        try calm.run()
        var hurt = VirtualCluster(programs, over: ports, pacing: pacing)
        try hurt.run()
        #expect(hurt.machines.allSatisfy { $0.isFinished })
        #expect(hurt.whole.count == calm.whole.count)
        let bytes = { (cluster: VirtualCluster) in cluster.whole.reduce(0) { $0 + $1.length } }
        #expect(bytes(hurt) == bytes(calm))
        let missed = hurt.machines.flatMap(\.ways.records).reduce(0) { $0 + $1.missed }
        #expect(missed >= hurt.swallowed)
        let quiet = hurt.machines.compactMap { $0.quiet(at: hurt.finish) }
        #expect(quiet.reduce(0) { $0 + $1.sent - $1.received } == 0)
    }
}
