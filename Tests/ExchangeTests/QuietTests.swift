import ClusterModel
import Exchange
import Links
import Testing

/// Rank 0 of two nodes of one NPU: waits 1 ms, then sends and expects 100 bytes.
private func waiting(window: Int64 = 0, send: Int = 100) throws -> RankMachine {
    RankMachine(
        rank: Rank(0),
        program: RankProgram([
            RankProgram.Stage(
                StageRole(.gate),
                after: [],
                .wait(Interval(picoseconds: 1_000_000_000))
            ),
            RankProgram.Stage(
                StageRole(.dispatch),
                after: [0],
                .exchange(RankExchange(of: Rank(0), send: [0, send], receive: [0, 100]))
            ),
        ]),
        ports: try ports(nodes: 2, npus: 1),
        pacing: RankPacing(
            chunk: ByteCount(100),
            window: Interval(picoseconds: window),
            catchUp: .zero
        )
    )
}

extension RankMachine {
    fileprivate func quiet(atPicoseconds now: Int64) -> QuietState? {
        quiet(at: Instant(picoseconds: now))
    }
}

@Suite struct `A quiet rank` {
    @Test func `is one that waits for its own duration, and says until when`() throws {
        var machine = try waiting()
        var actions: [RankAction] = []
        machine.begin(at: .zero, &actions)
        let quiet = try #require(machine.quiet(at: .zero))
        #expect(quiet.wake == Instant(picoseconds: 1_000_000_000))
        #expect(quiet.sent == 0)
        #expect(quiet.received == 0)
    }

    @Test func `is not one with a chunk to send inside its window`() throws {
        var machine = try waiting(window: 1_000_000)
        var actions: [RankAction] = []
        machine.begin(at: .zero, &actions)
        #expect(machine.quiet(atPicoseconds: 998_999_999) != nil)
        #expect(machine.quiet(atPicoseconds: 999_000_000) == nil)
    }

    @Test func `is not one whose duration is over, though it has not looked yet`() throws {
        var machine = try waiting(send: 0)
        var actions: [RankAction] = []
        machine.begin(at: .zero, &actions)
        #expect(machine.quiet(atPicoseconds: 999_999_999) != nil)
        #expect(machine.quiet(atPicoseconds: 1_000_000_000) == nil)
    }

    @Test func `is one that waits for bytes nobody has sent, with no wake of its own`() throws {
        var receiver = try Receiver()
        receiver.begin()
        let quiet = try #require(receiver.machine.quiet(at: .zero))
        #expect(quiet.wake == nil)
    }

    @Test func `is not one with a chunk under way in its port`() throws {
        var receiver = try Receiver(window: Interval(picoseconds: 2_000_000))
        receiver.begin()
        try receiver.take(chunk(0))
        #expect(receiver.machine.quiet(at: .zero) == nil)
        receiver.advance(to: 10_004_000)
        let quiet = try #require(receiver.machine.quiet(atPicoseconds: 10_004_000))
        #expect(quiet.received == 1)
    }

    @Test func `is one whose chunk is on its way for long, and says until when`() throws {
        var receiver = try Receiver(window: Interval(picoseconds: 1_000_000))
        receiver.begin()
        try receiver.take(chunk(0))
        let quiet = try #require(receiver.machine.quiet(at: .zero))
        #expect(quiet.wake == Instant(picoseconds: 10_004_000))
        #expect(quiet.received == 1)
    }

    @Test func `is not one whose chunk is still being delivered`() throws {
        var receiver = try Receiver(first: [200, 0, 100])
        receiver.begin()
        try receiver.take(chunk(0, depart: 4_000))
        try receiver.take(chunk(0, source: 2, depart: 4_000))
        receiver.advance(to: 10_004_000)
        // Both have arrived; the second is in 4,000 ps later.
        #expect(receiver.machine.quiet(atPicoseconds: 10_004_000) == nil)
        #expect(receiver.machine.quiet(atPicoseconds: 10_007_999) == nil)
        #expect(receiver.machine.nextWake() == Instant(picoseconds: 10_008_000))
        receiver.advance(to: 10_008_000)
        #expect(receiver.machine.quiet(atPicoseconds: 10_008_000) != nil)
    }

    @Test func `is not one whose last chunk is in, though it has not looked yet`() throws {
        var receiver = try Receiver(first: [100, 0, 100])
        receiver.begin()
        try receiver.take(chunk(0, depart: 4_000))
        try receiver.take(chunk(0, source: 2, depart: 4_000))
        receiver.advance(to: 10_004_000)
        // Its exchange is over, and only the next look will say so.
        #expect(receiver.machine.quiet(atPicoseconds: 10_008_000) == nil)
    }

    @Test func `is one that has finished`() throws {
        var receiver = try Receiver(first: [0, 0, 0], second: [0, 0, 0])
        receiver.begin()
        let quiet = try #require(receiver.machine.quiet(at: .zero))
        #expect(quiet.wake == nil)
    }
}
