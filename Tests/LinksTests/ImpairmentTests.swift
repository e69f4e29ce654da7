import ClusterModel
import Testing

@testable import Links

/// A port of 1 GB/s (a byte takes 1,000 ps), its way to rank 1 impaired.
private func port(_ impairments: (LinkEffect, Range<Int64>)...) -> EgressPort {
    EgressPort(
        bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000),
        impairments: impairments.enumerated().map { strike, part in
            LinkImpairment(
                strike: strike,
                peer: Rank(1),
                stages: 0..<4,
                from: Instant(picoseconds: part.1.lowerBound),
                until: Instant(picoseconds: part.1.upperBound),
                effect: part.0,
                seed: 7
            )
        }
    )
}

/// Bytes to a rank, in chunks of 100.
private func flow(_ stream: Int, to peer: Int, bytes: Int, stage: Int = 0) -> EgressFlow {
    EgressFlow(
        stage: stage,
        stream: stream,
        peer: Rank(peer),
        bytes: ByteCount(bytes),
        chunk: ByteCount(100)
    )
}

private func micro(_ microseconds: Int64) -> Interval {
    Interval(picoseconds: microseconds * 1_000_000)
}

private let ever: Range<Int64> = 0..<(1 << 60)

@Suite struct `An impaired way` {
    @Test func `at half its rate takes twice as long, and leaves the rest of the port to others`() {
        var port = port((.rate(factor: 0.5), ever))
        port.begin(flow(0, to: 1, bytes: 300), flow(1, to: 2, bytes: 300))
        let chunks = port.drain()
        let slow = chunks.filter { $0.stream == 0 }.map(\.depart.picoseconds)
        #expect(slow == [200_000, 400_000, 600_000])
        // The other one fills the gaps of the first.
        let other = chunks.filter { $0.stream == 1 }.map(\.depart.picoseconds)
        #expect(other == [200_000, 400_000, 600_000])
        #expect(port.marks.map(\.chunks) == [3])
    }

    @Test func `that is down twice over is held by both, until the last of them`() {
        var port = port((.down, 50_000..<700_000), (.down, 60_000..<1_000_000))
        port.begin(flow(0, to: 1, bytes: 200))
        #expect(port.drain().map(\.start.picoseconds) == [0, 1_000_000])
        #expect(port.marks.map(\.strike) == [0, 1])
    }

    @Test func `that is down holds chunks back until it is up, and no others`() {
        var port = port((.down, 50_000..<1_000_000))
        port.begin(flow(0, to: 1, bytes: 200), flow(1, to: 2, bytes: 200))
        let chunks = port.drain()
        // Its first chunk had begun.
        #expect(
            chunks.filter { $0.stream == 0 }.map(\.start.picoseconds) == [0, 1_000_000]
        )
        #expect(
            chunks.filter { $0.stream == 1 }.map(\.start.picoseconds) == [100_000, 200_000]
        )
        #expect(port.isEmpty)
    }

    @Test func `that stays down keeps its bytes for good`() {
        var port = port((.down, 0..<(.max / 4)))
        port.begin(flow(0, to: 1, bytes: 200), flow(1, to: 2, bytes: 100))
        #expect(port.drain().map(\.stream) == [1])
        #expect(port.nextStart == nil && !port.isEmpty)
        #expect(port.marks == [mark(chunks: 1, sequence: 0)])
    }

    @Test func `that flaps lets chunks through in every second half of its period`() {
        var port = port((.flap(period: Interval(picoseconds: 400_000)), ever))
        port.begin(flow(0, to: 1, bytes: 400))
        #expect(port.drain().map(\.start.picoseconds) == [200_000, 300_000, 600_000, 700_000])
    }

    @Test func `that two flaps keep shut in turns stays so, and the search for a gap ends`() {
        let flap = LinkEffect.flap(period: Interval(picoseconds: 400_000))
        var port = port((flap, ever), (flap, 200_000..<(1 << 60)))
        port.begin(flow(0, to: 1, bytes: 200), flow(1, to: 2, bytes: 100))
        #expect(port.drain().map(\.stream) == [1])
        #expect(!port.isEmpty)
    }

    @Test func `that is slow to arrive keeps its order, whatever is drawn`() {
        var port = port((.delay(added: micro(1), jitter: micro(50)), ever))
        port.begin(flow(0, to: 1, bytes: 5_000))
        let chunks = port.drain()
        #expect(chunks.map(\.depart.picoseconds) == (1...50).map { $0 * 100_000 })
        let arrivals = chunks.map(\.departs)
        #expect(arrivals == arrivals.sorted())
        #expect(chunks.allSatisfy { $0.delay >= micro(1) })
        #expect(Set(chunks.map(\.delay)).count > 10)
    }

    @Test func `loses the share it should, and delays what comes behind a lost chunk`() throws {
        let ratio = try #require(Ratio(1, 4))
        var port = port((.loss(ratio, delay: micro(1)), ever))
        port.begin(flow(0, to: 1, bytes: 100_000))
        let chunks = port.drain()
        let mark = try #require(port.marks.first)
        #expect((200...300).contains(mark.chunks))
        #expect(chunks.count == 1_000 && chunks.map(\.departs) == chunks.map(\.departs).sorted())
    }

    @Test func `has chunks change places where the next one is there`() {
        var port = port((.touch(.overtaken, .one), ever))
        port.begin(flow(0, to: 1, bytes: 450))
        let chunks = port.drain()
        #expect(chunks.map(\.sequence) == [1, 0, 3, 2, 4])
        #expect(chunks.map(\.offset) == [100, 0, 300, 200, 400])
        #expect(chunks.map(\.length) == [100, 100, 100, 100, 50])
        #expect(chunks.map(\.depart.picoseconds) == [100, 200, 300, 400, 450].map { $0 * 1_000 })
        #expect(port.isEmpty)
        #expect(port.marks == [mark(chunks: 2, sequence: 0)])
    }

    @Test func `touches what its stages and its time cover, and nothing else`() {
        var port = port((.touch(.corrupt, .one), 100_000..<300_000))
        port.begin(flow(0, to: 1, bytes: 500))
        #expect(port.drain().map(\.touch) == [nil, .corrupt, .corrupt, nil, nil])
        port.begin(flow(0, to: 1, bytes: 100, stage: 9), at: 200_000)
        #expect(port.drain().map(\.touch) == [nil])
        #expect(port.marks == [mark(chunks: 2, sequence: 1)])
    }

    /// One that begins with stage 1 of the rank and lasts 300 ns from there.
    private func waiting(_ effect: LinkEffect) -> EgressPort {
        EgressPort(
            bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000),
            impairments: [
                LinkImpairment(
                    strike: 0,
                    peer: Rank(1),
                    stages: 1..<4,
                    length: Interval(picoseconds: 300_000),
                    effect: effect,
                    seed: 7
                )
            ]
        )
    }

    @Test func `lasts so long from the beginning of a stage, to the picosecond`() {
        var port = waiting(.down)
        port.began(1, at: Instant(picoseconds: 50_000))
        port.begin(flow(0, to: 1, bytes: 200, stage: 1), at: 50_000)
        port.begin(flow(1, to: 2, bytes: 100, stage: 1), at: 50_000)
        let chunks = port.drain()
        #expect(chunks.filter { $0.stream == 0 }.map(\.start.picoseconds) == [350_000, 450_000])
        #expect(chunks.filter { $0.stream == 1 }.map(\.start.picoseconds) == [50_000])
        #expect(port.marks == [mark(chunks: 1, stage: 1, sequence: 0)])
    }

    /// Nor does anything of a later stage leave early, which it could still hurt.
    @Test func `is as it should be until that stage begins`() {
        var port = waiting(.down)
        port.begin(flow(0, to: 1, bytes: 200, stage: 2))
        #expect(port.mayBeOvertaken && port.nextStart == .zero)
        #expect(port.emit(at: .zero, catchUp: .zero)?.start == .zero)
        port.began(1, at: Instant(picoseconds: 70_000))
        #expect(!port.mayBeOvertaken)
        #expect(port.drain().map(\.start.picoseconds) == [370_000])
        #expect(port.isEmpty)
    }

    private func mark(chunks: Int, stage: Int = 0, sequence: Int) -> ImpairmentMark {
        ImpairmentMark(strike: 0, chunks: chunks, stage: stage, peer: Rank(1), sequence: sequence)
    }
}
