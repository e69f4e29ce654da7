import ClusterModel
import Exchange
import Faults
import Links
import Testing

@testable import FaultPlay

/// Strikes that are added while the steps are played.
@Suite struct `Strikes asked for by hand` {
    private static let ground = TwoByTwo.ground(steps: 20)
    private static let ports = TwoByTwo.ports

    private func events(
        _ text: String,
        first: Int = 0,
        from step: Int
    ) throws -> [FaultEvent] {
        let spec = try FaultSpec(inline: text, usual: .step(step, nil))
        return FaultPlan(specs: [spec], seed: 7)
            .events(of: 0, first: first, from: step, on: Self.ground)
    }

    @Test func `come with the step they were asked for, or the next`() throws {
        var book = FaultBook([], over: Self.ports)
        book.begin(step: 3, router: 0)
        book.add(try events("kind=kill,npu=1", from: 4), over: Self.ports)
        book.add(try events("kind=kill,npu=2,at=step 6", first: 1, from: 4), over: Self.ports)
        #expect(book.takeStrikes { _ in true }.isEmpty)
        book.begin(step: 4, router: 0)
        #expect(book.takeStrikes { _ in true }.map(\.id) == [0])
        #expect(book.hasCome(.step(4, nil)) && !book.hasCome(.step(6, nil)))
        book.begin(step: 6, router: 0)
        #expect(book.takeStrikes { _ in true }.map(\.id) == [1])
        #expect(book.isOld(book.outcomes[0]) && !book.isOld(book.outcomes[1]))
    }

    @Test func `that repeat begin with the next step, on the turns they would have`() throws {
        let all = try events("kind=kill,npu=1,probability=1/2", from: 0)
        let late = try events("kind=kill,npu=1,probability=1/2", first: 5, from: 9)
        #expect(!late.isEmpty && late.map(\.id) == Array(5..<5 + late.count))
        #expect(late.map(\.moment) == all.map(\.moment).filter { !$0.isBefore(step: 9) })
    }

    @Test func `end with the step that heals them`() throws {
        var book = FaultBook([], over: Self.ports)
        book.add(try events("kind=descriptors,npu=1,at=step 1", from: 1), over: Self.ports)
        book.begin(step: 1, router: 0)
        #expect(book.takeStrikes { _ in true }.count == 1)
        book.begin(step: 5, router: 0)
        #expect(book.takeEnded { _ in true }.isEmpty)
        book.end(0, with: 6)
        book.begin(step: 6, router: 0)
        #expect(book.takeEnded { _ in true }.map(\.id) == [0])
    }

    @Test func `that wait for a point are applied when it came, not when their segment began`()
        throws
    {
        var book = FaultBook([], over: Self.ports)
        book.add(try events("kind=kill,npu=1,at=step 1 dispatch", from: 1), over: Self.ports)
        book.begin(step: 1, router: 0)
        let point = Instant(picoseconds: 7_000_000)
        #expect(book.takeReached(0, at: point)?.id == 0)
        #expect(book.outcomes[0].applied == FaultStamp(step: 1, time: point - .zero))
        #expect(book.takeReached(0, at: point) == nil)
    }

    /// A link that is down keeps its step from ending: what is ended by hand must not wait for that.
    @Test func `that keep a step from ending are left out when it is done again`() throws {
        var book = FaultBook([], over: Self.ports)
        book.add(try events("kind=link-down,from=0,to=1,at=step 1", from: 1), over: Self.ports)
        book.begin(step: 1, router: 0)
        let step = CompiledStep(
            programs: Self.exchange,
            choice: AlgorithmChoice(.direct, reason: "")
        )
        #expect(!book.change(step).programs[0].impairments.isEmpty)
        book.again()
        #expect(!book.change(step).programs[0].impairments.isEmpty)
        book.end(0, with: 2)
        book.again()
        #expect(book.change(step).programs[0].impairments.isEmpty)
        #expect(book.outcomes[0].healed?.step == 1)
    }

    /// A run that goes on with a broken one's folder holds what that one has applied, and ends it.
    @Test func `that an earlier run has applied are healed by this one`() throws {
        var book = FaultBook([], over: Self.ports)
        let fault = "kind=bandwidth,from=0,to=1,factor=0.5,at=step 1,for=2 steps"
        book.add(try events(fault, from: 1), over: Self.ports)
        book.skip(0)
        let step = CompiledStep(
            programs: Self.exchange,
            choice: AlgorithmChoice(.direct, reason: "")
        )
        book.begin(step: 2, router: 0)
        #expect(!book.change(step).programs[0].impairments.isEmpty)
        let mark = ImpairmentMark(strike: 0, chunks: 1, stage: 0, peer: Rank(1), sequence: 0)
        book.saw(RankWays(marks: [mark]), of: Rank(0))
        book.begin(step: 3, router: 0)
        #expect(book.change(step).programs[0].impairments.isEmpty)
        #expect(book.outcomes[0].healed?.step == 3)
    }

    /// Two ranks that send each other a message a step.
    private static let exchange: [RankProgram] = (0..<2).map { rank in
        let (own, peer) = (Rank(rank), Rank(1 - rank))
        let run = MessageRun(origin: own, final: peer, offset: 0, bytes: 100)
        var exchange = RankExchange()
        exchange.sends = [
            OutgoingStream(peer: peer, slot: 0, run: run, supply: .own, opensMessage: true)
        ]
        return RankProgram([
            RankProgram.Stage(StageRole(.dispatch), after: [], .exchange(exchange))
        ])
    }

    @Test func `know what is over, in steps, times and messages`() throws {
        var book = FaultBook([], over: Self.ports, warmup: 1)
        book.expectMore()
        for step in 0..<4 {
            book.begin(step: step, router: 0)
            _ = book.change(
                CompiledStep(programs: Self.exchange, choice: AlgorithmChoice(.direct, reason: ""))
            )
            book.ended(stageEnds: [[Instant(picoseconds: 100_000_000)], [.zero]])
            book.observe([])
        }
        book.begin(step: 4, router: 0)
        #expect(book.isPast(.step(3, nil)) && !book.isPast(.step(4, nil)))
        #expect(book.isPast(.message(4, from: Rank(0), to: Rank(1))))
        #expect(!book.isPast(.message(5, from: Rank(0), to: Rank(1))))
        #expect(!book.isPast(.message(1, from: Rank(0), to: Rank(3))))
        // Three measured steps of 100 µs.
        let hour = Interval(picoseconds: 3_600_000_000_000_000)
        #expect(book.isPast(.time(.zero)) && !book.isPast(.time(hour)))
    }
}
