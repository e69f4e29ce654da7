import ClusterModel
import Testing

@testable import Links

private func micro(_ microseconds: Int64) -> Interval {
    Interval(picoseconds: microseconds * 1_000_000)
}

/// A port of 1 GB/s (a byte takes 1,000 ps), its way to rank 1 impaired from the start of its clock.
private func port(_ effects: LinkEffect..., overhead: Interval = .zero) -> EgressPort {
    EgressPort(
        bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000),
        messageOverhead: overhead,
        impairments: effects.enumerated().map { strike, effect in
            LinkImpairment(strike: strike, peer: Rank(1), stages: 0..<4, effect: effect, seed: 7)
        }
    )
}

/// Bytes to a rank, in chunks of 100.
private func flow(_ stream: Int, to peer: Int, bytes: Int, isRelayed: Bool = false) -> EgressFlow {
    EgressFlow(
        stage: 0,
        stream: stream,
        peer: Rank(peer),
        bytes: ByteCount(bytes),
        chunk: ByteCount(100),
        isRelayed: isRelayed
    )
}

/// What the heads of chunks say of the way they took.
@Suite struct `The times of a way` {
    /// Whoever else uses the port, however late the host is.
    @Test(arguments: UInt64(0)..<50)
    func `are those of the port, where nothing hurts it`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var port = port(overhead: micro(2))
        let flows = (0..<6).map {
            flow($0, to: 1 + random.next(below: 3), bytes: 1 + random.next(below: 900))
        }
        let relayed = port.begin(flows + [flow(6, to: 1, bytes: 300, isRelayed: true)], at: .zero)
        var now = Instant.zero
        for number in relayed {
            for _ in 0..<3 {
                port.supply(number, at: now)
                now = now + micro(Int64(random.next(below: 2)))
            }
        }
        while let start = port.nextStart {
            now = max(now, start) + micro(Int64(random.next(below: 3)))
            guard let chunk = port.emit(at: now, catchUp: micro(1)) else { break }
            #expect(chunk.span == Interval(picoseconds: Int64(chunk.length) * 1_000))
            #expect(chunk.late == .zero && !chunk.isHurt)
        }
        #expect(port.isEmpty)
    }

    @Test func `tell what its rate costs each chunk, and not what the chunk before it cost`() {
        var port = port(.rate(factor: 0.25), overhead: micro(3))
        port.begin(flow(0, to: 1, bytes: 300), flow(1, to: 2, bytes: 300))
        let chunks = port.drain()
        for chunk in chunks {
            #expect(chunk.span.picoseconds == (chunk.stream == 0 ? 400_000 : 100_000))
            #expect(chunk.late == .zero && chunk.isHurt == (chunk.stream == 0))
        }
    }

    @Test func `tell what is added to its latency`() {
        var port = port(.delay(added: micro(5), jitter: .zero))
        port.begin(flow(0, to: 1, bytes: 300), flow(1, to: 2, bytes: 300))
        for chunk in port.drain() {
            #expect(chunk.span.picoseconds == 100_000)
            #expect(chunk.late == (chunk.stream == 0 ? micro(5) : .zero))
        }
    }

    /// Not the time in which others were at the port before its turn came.
    @Test func `tell how long it kept a chunk whose turn had come`() {
        var port = port(.flap(period: Interval(picoseconds: 800_000)))
        port.begin(flow(1, to: 2, bytes: 100), flow(0, to: 1, bytes: 100))
        let chunks = port.drain()
        #expect(chunks.map(\.stream) == [1, 0])
        #expect(chunks.map(\.start.picoseconds) == [0, 400_000])
        #expect(chunks.map(\.late.picoseconds) == [0, 300_000])
    }
}
