import ClusterModel
import Exchange
import Faults
import Testing

@testable import FaultPlay

/// Gate, dispatch, expert, combine of two ranks that send each other 100 bytes twice.
private let layer: [RankProgram] = (0..<2).map { rank in
    let (own, peer) = (Rank(rank), Rank(1 - rank))
    let run = MessageRun(origin: own, final: peer, offset: 0, bytes: 100)
    let back = MessageRun(origin: peer, final: own, offset: 0, bytes: 100)
    var exchange = RankExchange()
    exchange.sends = [
        OutgoingStream(peer: peer, slot: 0, run: run, supply: .own, opensMessage: true)
    ]
    exchange.receives = [IncomingStream(peer: peer, run: back)]
    return RankProgram([
        RankProgram.Stage(StageRole(.gate), after: [], .wait(.zero)),
        RankProgram.Stage(StageRole(.dispatch), after: [0], .exchange(exchange)),
        RankProgram.Stage(StageRole(.expert), after: [1], .wait(.zero)),
        RankProgram.Stage(StageRole(.combine), after: [2], .exchange(exchange)),
    ])
}

private func micro(_ microseconds: Int64) -> Instant {
    Instant(picoseconds: microseconds * 1_000_000)
}

/// When the ranks' stages end in a step: the second one begins its dispatch 10 µs later.
private let ends: [[Instant]] = [
    [micro(20), micro(60), micro(70), micro(100)], [micro(30), micro(60), micro(70), micro(90)],
]

private func event(_ text: String) throws -> FaultEvent {
    let spec = try FaultSpec(inline: "kind=link-down,from=0,to=1,\(text)")
    let ground = FaultGround(
        nodes: 1,
        npusPerNode: 2,
        experts: 2,
        steps: 20,
        links: [.hccs]
    )
    return FaultPlan(specs: [spec], seed: 7).events(on: ground)[0]
}

/// Plays steps of 100 µs, the first of them a warm-up, and tells what of each is covered.
private func covers(_ text: String, steps: Int = 6, attempts: [Int: Int] = [:]) throws
    -> [FaultCover?]
{
    let event = try event(text)
    var clock = FaultClock(world: 2, warmup: 1)
    clock.follow(event)
    return (0..<steps).map { step in
        clock.begin(step: step, router: 0)
        // Attempts that fail.
        for _ in 0..<(attempts[step] ?? 0) { clock.compiled(layer) }
        clock.compiled(layer)
        let cover = clock.cover(event)
        clock.ended(stageEnds: ends)
        clock.stepEnded()
        return cover
    }
}

@Suite struct `When a strike holds` {
    @Test func `from a step on to another`() throws {
        let covers = try covers("at=step 2,until=step 4")
        #expect(covers.map { $0?.stages } == [nil, nil, 0..<4, 0..<4, nil, nil])
    }

    @Test func `from a phase of a step on to another phase`() throws {
        let covers = try covers("at=step 2 dispatch,until=step 3 combine")
        #expect(covers.map { $0?.stages } == [nil, nil, 1..<4, 0..<3, nil, nil])
    }

    @Test func `for whole steps, wherever in the first it begins`() throws {
        let covers = try covers("at=step 2 combine,for=2 steps")
        #expect(covers.map { $0?.stages } == [nil, nil, 3..<4, 0..<4, nil, nil])
    }

    /// The warm-up does not count: 150 µs lie in the second measured step.
    @Test func `from a time on, for a time`() throws {
        let covers = try covers("at=150 us,for=100 us")
        let times = covers.map { $0?.time }
        #expect(times[2] == micro(50)..<micro(150))
        #expect(times[3]?.upperBound == micro(50))
        #expect(times[4] == nil && times[0] == nil)
        // It has not begun in the first measured step: nothing of it is within 100 µs.
        #expect(try #require(times[1]).lowerBound == micro(150))
    }

    @Test func `for a time from the start of a step on`() throws {
        let covers = try covers("at=step 2,for=130 us")
        #expect(covers.map { $0?.time.upperBound } == [nil, nil, micro(130), micro(30), nil, nil])
    }

    /// On each rank it lasts so long from where that rank began the part.
    @Test func `for a time from a phase of a step on`() throws {
        let long = try covers("at=step 2 dispatch,for=150 us")
        #expect(long.map { $0?.stages } == [nil, nil, 1..<4, 0..<4, nil, nil])
        #expect(long[2]?.length == micro(150) - .zero)
        #expect(long[3]?.length == nil)
        // 80 and 70 µs of it have gone by.
        #expect(long[3]?.ends == [micro(70), micro(80)])
        #expect(long[3]?.time.upperBound == micro(80))
        let short = try covers("at=step 2 dispatch,for=70 us")
        #expect(short.map { $0 != nil } == [false, false, true, false, false, false])
    }

    @Test func `for a time or for steps from a message on`() throws {
        let timed = try covers("at=6th message from 0 to 1,for=130 us")
        #expect(timed.map { $0?.stages } == [nil, nil, 3..<4, 0..<4, nil, nil])
        #expect(timed[3]?.ends == [micro(100), micro(100)])
        let stepped = try covers("at=6th message from 0 to 1,for=2 steps")
        #expect(stepped.map { $0?.stages } == [nil, nil, 3..<4, 0..<4, nil, nil])
        let whole = try covers("at=150 us,for=2 steps")
        #expect(whole[2...].map { $0 != nil } == [true, true, false, false])
        #expect(whole[1]?.time.lowerBound == micro(150))
    }

    /// A message that was sent in an attempt that was given up has come; no time has gone by.
    @Test func `for its whole time where the attempt in which it began is given up`() throws {
        let covers = try covers("at=3rd message from 0 to 1,for=130 us", attempts: [1: 1])
        #expect(covers.map { $0?.stages } == [nil, 0..<4, 0..<4, nil, nil, nil])
        #expect(covers[1]?.ends == [micro(130), micro(130)])
        #expect(covers[2]?.ends == [micro(30), micro(30)])
    }

    /// A run that goes on begins with a later step.
    @Test func `not at all where an earlier run has come to its step`() throws {
        for text in ["at=step 2 dispatch,for=150 us", "at=step 2,for=150 us"] {
            let event = try event(text)
            var clock = FaultClock(world: 2, warmup: 1)
            clock.follow(event)
            clock.begin(step: 4, router: 0)
            clock.compiled(layer)
            #expect(clock.cover(event) == nil && clock.isOver(event))
        }
    }

    /// Two messages a step; until the next one begins nothing else is sent.
    @Test func `for the one message that it names`() throws {
        let covers = try covers("at=6th message from 0 to 1")
        #expect(covers.map { $0?.stages } == [nil, nil, 3..<4, 0..<1, nil, nil])
    }

    @Test func `a message that is sent again is another one`() throws {
        let covers = try covers("at=3rd message from 0 to 1", attempts: [1: 1])
        #expect(covers.allSatisfy { $0 == nil })
    }

    @Test func `from one message on to another`() throws {
        let covers = try covers("at=4th message from 0 to 1,until=7th message from 0 to 1")
        #expect(covers.map { $0?.stages } == [nil, 3..<4, 0..<4, 0..<1, nil, nil])
    }

    /// Segments of a step of training that had ended well are played again, from the step's start.
    @Test func `a step that begins again has come to no phase and to no time`() throws {
        let texts = [
            "at=step 1 combine", "at=50 us,for=100 us", "at=step 1 combine,for=10 us",
            "at=step 1 gate,for=10 us",
        ]
        for text in texts {
            let event = try event(text)
            var clock = FaultClock(world: 2, warmup: 1)
            clock.follow(event)
            clock.begin(step: 0, router: 0)
            clock.compiled(layer)
            clock.ended(stageEnds: ends)
            clock.stepEnded()
            clock.begin(step: 1, router: 0)
            clock.compiled(layer)
            let (first, stamp) = (clock.cover(event), clock.stamp)
            clock.ended(stageEnds: ends)
            clock.compiled(layer)
            #expect(clock.cover(event) != first)
            clock.again()
            clock.compiled(layer)
            #expect(clock.cover(event) == first)
            #expect(clock.stamp == stamp)
        }
    }
}
