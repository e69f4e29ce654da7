import ClusterModel
import Links
import Testing

private func arrival(
    _ arrive: Int64,
    from source: Int = 0,
    stream: Int = 0,
    sequence: Int = 0,
    bytes: Int = 100,
    readAt: Int64 = -1_000_000
) -> Arrival {
    Arrival(
        arrive: Instant(picoseconds: arrive),
        source: Rank(source),
        stage: 0,
        stream: stream,
        sequence: sequence,
        length: bytes,
        readAt: Instant(picoseconds: readAt)
    )
}

/// 1 GB/s: a byte takes 1,000 ps.
private func slowIngress() -> IngressPort {
    IngressPort(bandwidth: Bandwidth(bytesPerSecond: 1_000_000_000))
}

extension IngressPort {
    fileprivate mutating func drain(at now: Int64 = .max / 4) -> [Delivery] {
        var all: [Delivery] = []
        while let delivery = serve(at: Instant(picoseconds: now)) { all.append(delivery) }
        return all
    }
}

@Suite struct `Chunks that enter a port` {
    @Test func `cut through an idle port as they arrive`() {
        var port = slowIngress()
        port.receive(arrival(500_000))
        #expect(port.drain().map(\.deliver.picoseconds) == [500_000])
    }

    @Test func `of two senders at once take their times one after the other`() {
        var port = slowIngress()
        port.receive(arrival(500_000, from: 1))
        port.receive(arrival(500_000, from: 2))
        port.receive(arrival(510_000, from: 3, bytes: 10))
        #expect(port.drain().map(\.deliver.picoseconds) == [500_000, 600_000, 610_000])
    }

    @Test func `at the line rate of one sender never wait`() {
        var port = slowIngress()
        for index in 0..<10 {
            port.receive(arrival(Int64(index + 1) * 100_000, sequence: index))
        }
        #expect(port.drain().allSatisfy { $0.deliver == $0.arrival.arrive })
    }

    @Test func `are served as they arrive, not as they were read`() {
        var port = slowIngress()
        port.receive(arrival(300_000, from: 3))
        port.receive(arrival(100_000, from: 1))
        port.receive(arrival(200_000, from: 2))
        #expect(port.nextArrival == Instant(picoseconds: 100_000))
        #expect(port.drain().map(\.arrival.source.index) == [1, 2, 3])
        #expect(port.isEmpty)
    }

    @Test func `that arrive together are served by source, stream and sequence`() {
        var port = slowIngress()
        port.receive(arrival(100_000, from: 1, stream: 1, sequence: 0))
        port.receive(arrival(100_000, from: 2, sequence: 0))
        port.receive(arrival(100_000, from: 1, sequence: 1))
        port.receive(arrival(100_000, from: 1, sequence: 0))
        let order = port.drain().map(\.arrival).map { [$0.source.index, $0.stream, $0.sequence] }
        #expect(order == [[1, 0, 0], [1, 0, 1], [1, 1, 0], [2, 0, 0]])
    }

    @Test func `wait for their instant`() {
        var port = slowIngress()
        port.receive(arrival(100_000))
        #expect(port.serve(at: Instant(picoseconds: 99_999)) == nil)
        #expect(port.serve(at: Instant(picoseconds: 100_000)) != nil)
        #expect(port.serve(at: Instant(picoseconds: 100_000)) == nil)
    }

    @Test func `read after their delivery are late by the difference`() {
        var port = slowIngress()
        port.receive(arrival(100_000, readAt: 100_000))
        port.receive(arrival(110_000, from: 1, readAt: 150_000))
        port.receive(arrival(120_000, from: 2, readAt: 1_000_000))
        let lateness = port.drain().map(\.lateness.picoseconds)
        // The second is only due at 200,000 behind the first; the third at 300,000.
        #expect(lateness == [0, 0, 700_000])
    }

    @Test func `that are late occupy the port when they come, and push back what follows`() {
        var port = slowIngress()
        port.receive(arrival(100_000, readAt: 400_000))
        port.receive(arrival(210_000, from: 1))
        port.receive(arrival(900_000, from: 2))
        let deliveries = port.drain()
        #expect(deliveries.map(\.deliver.picoseconds) == [400_000, 500_000, 900_000])
        // Only the host's delay is lateness; what follows was read in time.
        #expect(deliveries.map(\.lateness.picoseconds) == [300_000, 0, 0])
    }

    @Test(arguments: UInt64(0)..<50)
    func `keep the rate from the first to the last`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var arrivals = (0..<40).map { index in
            arrival(
                Int64(random.next(below: 2_000_000)),
                from: random.next(below: 5),
                sequence: index,
                bytes: 1 + random.next(below: 100)
            )
        }
        var one = slowIngress()
        for arrival in arrivals { one.receive(arrival) }
        random.shuffle(&arrivals)
        var other = slowIngress()
        for arrival in arrivals { other.receive(arrival) }
        let deliveries = one.drain()
        #expect(deliveries == other.drain())
        for (before, after) in zip(deliveries, deliveries.dropFirst()) {
            let busy = Int64(after.arrival.length) * 1_000
            #expect(after.deliver.picoseconds >= before.deliver.picoseconds + busy)
            #expect(after.deliver >= after.arrival.arrive)
        }
    }

    @Test(arguments: UInt64(0)..<50)
    func `keep the rate however late the host reads them`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var port = slowIngress()
        for index in 0..<40 {
            let arrive = Int64(random.next(below: 2_000_000))
            port.receive(
                arrival(
                    arrive,
                    from: random.next(below: 5),
                    sequence: index,
                    bytes: 1 + random.next(below: 100),
                    readAt: arrive + Int64(random.next(below: 800_000)) - 400_000
                )
            )
        }
        let deliveries = port.drain()
        #expect(deliveries.contains { $0.lateness > .zero })
        for (before, after) in zip(deliveries, deliveries.dropFirst()) {
            let busy = Interval(picoseconds: Int64(after.arrival.length) * 1_000)
            #expect(after.deliver >= before.deliver + busy)
            #expect(after.deliver >= max(after.arrival.arrive, after.arrival.readAt))
            // Its lateness is what it came after it could have been in.
            let modelled = max(after.arrival.arrive, before.deliver + busy)
            #expect(after.lateness == after.deliver - modelled)
        }
    }
}
