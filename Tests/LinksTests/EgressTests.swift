import ClusterModel
import Links
import Testing

/// A port of 1 GB/s, so that a byte takes 1,000 ps, with chunks of 100 bytes.
private func slowPort() -> EgressPort {
    EgressPort(bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000), chunk: ByteCount(100))
}

private func flow(to destination: Int, ready: Int64 = 0, bytes: Int) -> EgressFlow {
    EgressFlow(
        exchange: 0,
        destination: Rank(destination),
        ready: Instant(picoseconds: ready),
        bytes: ByteCount(bytes)
    )
}

extension EgressPort {
    /// Lets everything leave on time.
    fileprivate mutating func drain() -> [DepartingChunk] {
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
        port.add(flow(to: 1, ready: 5_000, bytes: 250))
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
        port.add(flow(to: 1, bytes: 100))
        _ = port.drain()
        port.add(flow(to: 2, ready: 10_000, bytes: 10))
        #expect(port.nextStart == Instant(picoseconds: 100_000))
        #expect(port.drain().first?.depart == Instant(picoseconds: 110_000))
    }

    @Test func `start when they are ready if the port has been idle`() {
        var port = slowPort()
        port.add(flow(to: 1, bytes: 100))
        _ = port.drain()
        port.add(flow(to: 2, ready: 900_000, bytes: 10))
        #expect(port.drain().first?.depart == Instant(picoseconds: 910_000))
    }

    @Test func `take turns over destinations`() {
        var port = slowPort()
        port.add(flow(to: 1, bytes: 300))
        port.add(flow(to: 2, bytes: 150))
        port.add(flow(to: 3, bytes: 300))
        let chunks = port.drain()
        #expect(chunks.map(\.destination.index) == [1, 2, 3, 1, 2, 3, 1, 3])
        #expect(chunks.map(\.sequence) == [0, 0, 0, 1, 1, 1, 2, 2])
    }

    @Test func `do not wait for a flow that is ready later`() {
        var port = slowPort()
        port.add(flow(to: 1, ready: 150_000, bytes: 200))
        port.add(flow(to: 2, bytes: 300))
        let chunks = port.drain()
        // Rank 1's turn comes as soon as the port is free after its instant.
        #expect(chunks.map(\.destination.index) == [2, 2, 1, 2, 1])
        #expect(chunks.map(\.depart.picoseconds) == [1, 2, 3, 4, 5].map { $0 * 100_000 })
    }

    @Test func `of an earlier flow overtake one that was queued first`() {
        var port = slowPort()
        port.add(flow(to: 1, ready: 1_000_000, bytes: 100))
        #expect(port.nextStart == Instant(picoseconds: 1_000_000))
        port.add(flow(to: 2, ready: 0, bytes: 100))
        #expect(port.drain().map(\.destination.index) == [2, 1])
    }

    @Test func `an empty flow is forgotten`() {
        var port = slowPort()
        port.add(flow(to: 1, bytes: 0))
        #expect(port.isEmpty)
        #expect(port.nextStart == nil)
        #expect(port.emit(at: .zero, catchUp: .zero) == nil)
    }

    @Test func `leave early on their modelled instant, without slip`() {
        var port = slowPort()
        port.add(flow(to: 1, ready: 50_000, bytes: 100))
        let chunk = port.emit(at: Instant(picoseconds: -40_000), catchUp: .zero)
        #expect(chunk?.depart == Instant(picoseconds: 150_000))
        #expect(chunk?.slip == .zero)
    }

    @Test func `of a host behind by less than the catch-up keep the schedule`() {
        var port = slowPort()
        port.add(flow(to: 1, bytes: 200))
        let late = Instant(picoseconds: 300_000)
        let catchUp = Interval(picoseconds: 200_000)
        #expect(port.emit(at: late, catchUp: catchUp)?.slip == .zero)
        #expect(port.emit(at: late, catchUp: catchUp)?.depart == Instant(picoseconds: 200_000))
    }

    @Test func `of a host further behind slip, and those after them follow`() {
        var port = slowPort()
        port.add(flow(to: 1, bytes: 300))
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
    func `keep the rate, their turns and their order, whatever is queued`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var port = slowPort()
        var totals: [Int: Int] = [:]
        for destination in 1...(1 + random.next(below: 8)) {
            let bytes = random.next(below: 2_000)
            totals[destination] = bytes
            port.add(
                flow(to: destination, ready: Int64(random.next(below: 1_000_000)), bytes: bytes)
            )
        }
        var sent: [Int: Int] = [:]
        var free = Int64.min / 2
        for chunk in port.drain() {
            let start = chunk.depart.picoseconds - Int64(chunk.length) * 1_000
            #expect(start >= free)
            free = chunk.depart.picoseconds
            #expect(chunk.offset == sent[chunk.destination.index, default: 0])
            sent[chunk.destination.index, default: 0] += chunk.length
        }
        #expect(sent == totals.filter { $0.value > 0 })
    }

    @Test(arguments: 2...9)
    func `serve equal flows equally at any moment`(flows: Int) {
        var port = slowPort()
        for destination in 1...flows { port.add(flow(to: destination, bytes: 1_000)) }
        var sent = Array(repeating: 0, count: flows + 1)
        for chunk in port.drain() {
            sent[chunk.destination.index] += chunk.length
            let shares = sent.dropFirst()
            #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 100)
        }
    }
}
