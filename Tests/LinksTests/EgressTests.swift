import ClusterModel
import Testing

@testable import Links

/// A port of 1 GB/s, so that a byte takes 1,000 ps.
func slowPort(overhead: Int64 = 0) -> EgressPort {
    EgressPort(
        bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000),
        messageOverhead: Interval(picoseconds: overhead)
    )
}

/// Bytes of a stream in chunks of 100.
func flow(_ stream: Int, stage: Int = 0, bytes: Int, isRelayed: Bool = false) -> EgressFlow {
    EgressFlow(
        stage: stage,
        stream: stream,
        bytes: ByteCount(bytes),
        chunk: ByteCount(100),
        isRelayed: isRelayed
    )
}

extension EgressPort {
    mutating func begin(_ flows: EgressFlow..., at picoseconds: Int64 = 0) {
        begin(flows, at: Instant(picoseconds: picoseconds))
    }

    /// Lets everything leave on time.
    mutating func drain() -> [DepartingChunk] {
        var chunks: [DepartingChunk] = []
        while let start = nextStart, let chunk = emit(at: start, catchUp: .zero) {
            chunks.append(chunk)
        }
        return chunks
    }
}

@Suite struct `Chunks that leave a port` {
    @Test func `depart a transfer time after they are ready, and then back to back`() {
        var port = slowPort()
        port.begin(flow(1, bytes: 250), at: 5_000)
        #expect(port.nextStart == Instant(picoseconds: 5_000))
        let chunks = port.drain()
        #expect(chunks.map(\.depart.picoseconds) == [105_000, 205_000, 255_000])
        #expect(chunks.map(\.length) == [100, 100, 50])
        #expect(chunks.map(\.offset) == [0, 100, 200])
        #expect(chunks.map(\.sequence) == [0, 1, 2])
        #expect(port.isEmpty)
    }

    @Test func `wait until the port is free`() {
        var port = slowPort()
        port.begin(flow(1, bytes: 100))
        _ = port.drain()
        port.begin(flow(2, stage: 1, bytes: 10), at: 10_000)
        #expect(port.nextStart == Instant(picoseconds: 100_000))
        #expect(port.drain().first?.depart == Instant(picoseconds: 110_000))
    }

    @Test func `start when they are ready if the port has been idle`() {
        var port = slowPort()
        port.begin(flow(1, bytes: 100))
        _ = port.drain()
        port.begin(flow(2, stage: 1, bytes: 10), at: 900_000)
        #expect(port.drain().first?.depart == Instant(picoseconds: 910_000))
    }

    @Test func `take turns over streams`() {
        var port = slowPort()
        port.begin(flow(1, bytes: 300), flow(2, bytes: 150), flow(3, bytes: 300))
        let chunks = port.drain()
        #expect(chunks.map(\.stream) == [1, 2, 3, 1, 2, 3, 1, 3])
        #expect(chunks.map(\.sequence) == [0, 0, 0, 1, 1, 1, 2, 2])
    }

    @Test func `do not wait for a stage that is ready later`() {
        var port = slowPort()
        port.begin(flow(1, stage: 0, bytes: 200), at: 150_000)
        port.begin(flow(2, stage: 1, bytes: 300))
        let chunks = port.drain()
        // The earlier stage goes first as soon as the port is free after its instant.
        #expect(chunks.map(\.stream) == [2, 2, 1, 1, 2])
        #expect(chunks.map(\.depart.picoseconds) == [1, 2, 3, 4, 5].map { $0 * 100_000 })
    }

    @Test func `of an earlier instant overtake a stage that was queued first`() {
        var port = slowPort()
        port.begin(flow(1, stage: 0, bytes: 100), at: 1_000_000)
        #expect(port.nextStart == Instant(picoseconds: 1_000_000))
        port.begin(flow(2, stage: 1, bytes: 100))
        #expect(port.drain().map(\.stream) == [2, 1])
    }

    @Test func `are none where no flow is queued`() {
        var port = slowPort()
        port.begin([], at: .zero)
        #expect(port.isEmpty)
        #expect(port.nextStart == nil)
        #expect(port.emit(at: .zero, catchUp: .zero) == nil)
    }

    @Test func `leave early on their modelled instant, without slip`() {
        var port = slowPort()
        port.begin(flow(1, bytes: 100), at: 50_000)
        let chunk = port.emit(at: Instant(picoseconds: -40_000), catchUp: .zero)
        #expect(chunk?.depart == Instant(picoseconds: 150_000))
        #expect(chunk?.slip == .zero)
    }

    @Test func `of a host behind by less than the catch-up keep the schedule`() {
        var port = slowPort()
        port.begin(flow(1, bytes: 200))
        let late = Instant(picoseconds: 300_000)
        let catchUp = Interval(picoseconds: 200_000)
        #expect(port.emit(at: late, catchUp: catchUp)?.slip == .zero)
        #expect(port.emit(at: late, catchUp: catchUp)?.depart == Instant(picoseconds: 200_000))
    }

    @Test func `of a host further behind slip, and those after them follow`() {
        var port = slowPort()
        port.begin(flow(1, bytes: 300))
        let late = Instant(picoseconds: 1_000_000)
        let catchUp = Interval(picoseconds: 200_000)
        let first = port.emit(at: late, catchUp: catchUp)
        #expect(first?.depart == Instant(picoseconds: 800_000))
        #expect(first?.slip == Interval(picoseconds: 700_000))
        let second = port.emit(at: late, catchUp: catchUp)
        #expect(second?.depart == Instant(picoseconds: 900_000))
        #expect(second?.slip == .zero)
        // No burst above the line rate: the third is due in the future again.
        #expect(port.nextStart == Instant(picoseconds: 900_000))
    }

    @Test(arguments: UInt64(0)..<50)
    func `keep the rate and their order, whatever is queued`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var port = slowPort()
        var totals: [Int: Int] = [:]
        for stage in 0..<(1 + random.next(below: 4)) {
            let flows = (0..<(1 + random.next(below: 6))).map { index in
                flow(8 * stage + index, stage: stage, bytes: 1 + random.next(below: 2_000))
            }
            for flow in flows { totals[Int(flow.stream)] = flow.total }
            port.begin(flows, at: Instant(picoseconds: Int64(random.next(below: 1_000_000))))
        }
        var sent: [Int: Int] = [:]
        var free = Int64.min / 2
        for chunk in port.drain() {
            let start = chunk.depart.picoseconds - Int64(chunk.length) * 1_000
            #expect(start >= free)
            #expect(chunk.start.picoseconds == start)
            free = chunk.depart.picoseconds
            #expect(chunk.offset == sent[chunk.stream, default: 0])
            sent[chunk.stream, default: 0] += chunk.length
        }
        #expect(sent == totals)
    }

    @Test(arguments: 2...9)
    func `serve equal flows equally at any moment`(flows: Int) {
        var port = slowPort()
        port.begin((0..<flows).map { flow($0, bytes: 1_000) }, at: .zero)
        var sent = Array(repeating: 0, count: flows)
        for chunk in port.drain() {
            sent[chunk.stream] += chunk.length
            #expect((sent.max() ?? 0) - (sent.min() ?? 0) <= 100)
        }
    }
}
