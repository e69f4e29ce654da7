import ClusterModel
import Links
import Testing

/// The shared ports of three leaves of two nodes with one NPU each, in memory of their own.
///
/// Ports 0 to 2 lead up, 3 to 5 down. NICs have 1 GB/s, so that a byte takes 1,000 ps.
private final class SharedPorts {
    private let memory: UnsafeMutableRawBufferPointer
    let space: SharedPortSpace

    /// A shared port has 2 GB/s over `oversubscription`.
    init(oversubscription: Double = 2, capacity: Int = 64) throws {
        var links = try #require(Preset.ascend910B3.links)
        links.roce.bandwidth = Bandwidth(bytesPerSecond: 1_000_000_000)
        links.uplink = LeafUplink(nodesPerLeaf: 2, oversubscription: oversubscription)
        let layout = RankLayout(
            nodes: 6,
            npusPerNode: 1,
            parallel: ParallelDegrees(tp: 1, ep: 6, dp: 1),
            experts: 6
        )
        let ports = PortMap(layout: layout, links: links)
        let shape = SharedPortShape(
            ports: ports.sharedPortCount,
            world: layout.world,
            capacity: capacity,
            slots: 64
        )
        memory = .allocate(byteCount: shape.byteCount, alignment: 8)
        space = SharedPortSpace(memory: memory, ports: ports, shape: shape)
        space.reset()
    }

    deinit { memory.deallocate() }

    func arrival(_ slot: Int) -> Int64? {
        space.arrival(of: PassageTicket(rank: 0, slot: slot))?.picoseconds
    }
}

/// A chunk that comes from a NIC; its ticket is `slot` of rank 0.
private func entry(
    _ enters: Int64,
    slot: Int,
    source: Int32 = 0,
    sequence: Int32 = 0,
    bytes: Int32 = 100,
    next: Int32 = -1,
    latency: Int64 = 0
) -> SharedEntry {
    SharedEntry(
        enters: Instant(picoseconds: enters),
        source: source,
        stage: 0,
        stream: 0,
        sequence: sequence,
        ticket: PassageTicket(rank: 0, slot: slot),
        bytes: bytes,
        next: next,
        latency: Interval(picoseconds: latency),
        span: Interval(picoseconds: Int64(bytes) * 1_000)
    )
}

private let end = Instant(picoseconds: .max / 4)

@Suite struct `A port that ranks share` {
    @Test func `lets a chunk through as it comes when it is free`() throws {
        let ports = try SharedPorts()
        #expect(ports.space.nextEntry == nil)
        #expect(ports.space.enter(entry(100_000, slot: 0, latency: 7_000), port: 1))
        #expect(ports.space.nextEntry == Instant(picoseconds: 100_000))
        #expect(ports.arrival(0) == nil)
        ports.space.serve(upTo: Instant(picoseconds: 99_999))
        #expect(ports.arrival(0) == nil)
        ports.space.serve(upTo: Instant(picoseconds: 100_000))
        #expect(ports.arrival(0) == 107_000)
        #expect(ports.space.nextEntry == nil)
    }

    @Test func `serves chunks that come together one after the other`() throws {
        let ports = try SharedPorts()
        for source in 0..<3 {
            #expect(ports.space.enter(entry(100_000, slot: source, source: Int32(source)), port: 0))
        }
        ports.space.serve(upTo: end)
        #expect((0..<3).map { ports.arrival($0) } == [100_000, 200_000, 300_000])
    }

    @Test func `does not hold up chunks of other ports`() throws {
        let ports = try SharedPorts()
        for port in 0..<3 { #expect(ports.space.enter(entry(100_000, slot: port), port: port)) }
        ports.space.serve(upTo: end)
        #expect((0..<3).map { ports.arrival($0) } == [100_000, 100_000, 100_000])
    }

    @Test func `that is slower than NICs takes its own time, from the first byte on`() throws {
        // 0.5 GB/s: 200,000 ps for what a NIC sends in 100,000.
        let ports = try SharedPorts(oversubscription: 4)
        for index in 0..<3 {
            let enters = Int64(index + 1) * 100_000
            #expect(ports.space.enter(entry(enters, slot: index), port: 0))
        }
        ports.space.serve(upTo: end)
        #expect((0..<3).map { ports.arrival($0) } == [200_000, 400_000, 600_000])
    }

    @Test func `that is faster than NICs lets nothing through before it is there`() throws {
        let ports = try SharedPorts(oversubscription: 1)
        #expect(ports.space.enter(entry(100_000, slot: 0, source: 0), port: 0))
        #expect(ports.space.enter(entry(100_000, slot: 1, source: 1), port: 0))
        ports.space.serve(upTo: end)
        #expect([ports.arrival(0), ports.arrival(1)] == [100_000, 100_000])
        // A third NIC has more than the port carries meanwhile.
        #expect(ports.space.enter(entry(100_000, slot: 2, source: 2), port: 0))
        ports.space.serve(upTo: end)
        #expect(ports.arrival(2) == 150_000)
    }

    @Test func `leads to another, where chunks of several ways meet`() throws {
        let ports = try SharedPorts()
        for way in 0..<2 {
            let chunk = entry(100_000, slot: way, source: Int32(way), next: 5, latency: 7_000)
            #expect(ports.space.enter(chunk, port: way))
        }
        ports.space.serve(upTo: Instant(picoseconds: 100_000))
        #expect([ports.arrival(0), ports.arrival(1)] == [nil, nil])
        #expect(ports.space.nextEntry == Instant(picoseconds: 107_000))
        ports.space.serve(upTo: Instant(picoseconds: 107_000))
        // The wire stands between the ports, and is not counted again behind the second.
        #expect([ports.arrival(0), ports.arrival(1)] == [107_000, 207_000])
    }

    @Test func `refuses what it has no room for, and takes it when it has`() throws {
        let ports = try SharedPorts(capacity: 2)
        #expect(ports.space.enter(entry(100_000, slot: 0), port: 0))
        #expect(ports.space.enter(entry(300_000, slot: 1), port: 0))
        #expect(!ports.space.enter(entry(200_000, slot: 2), port: 0))
        // Ways meet behind it: what is under way anywhere counts.
        #expect(!ports.space.enter(entry(200_000, slot: 2), port: 1))
        ports.space.serve(upTo: Instant(picoseconds: 100_000))
        #expect(ports.space.enter(entry(200_000, slot: 2), port: 0))
        ports.space.serve(upTo: end)
        #expect((0..<3).map { ports.arrival($0) } == [100_000, 300_000, 200_000])
    }

    @Test func `has room for all that come to it over several ways`() throws {
        let ports = try SharedPorts(capacity: 4)
        // Two on each of two ways up, all four to the same way down, and one that waits elsewhere.
        for slot in 0..<4 {
            let chunk = entry(100_000 + Int64(slot), slot: slot, next: 5, latency: 1_000_000)
            #expect(ports.space.enter(chunk, port: slot % 2))
        }
        ports.space.serve(upTo: Instant(picoseconds: 500_000))
        #expect(!ports.space.enter(entry(600_000, slot: 4), port: 0))
        ports.space.serve(upTo: end)
        let arrivals = (0..<4).compactMap { ports.arrival($0) }
        #expect(arrivals.count == 4 && Set(arrivals).count == 4)
        #expect(ports.space.enter(entry(2_000_000, slot: 4), port: 0))
    }

    @Test func `is empty and free again for the next step`() throws {
        let ports = try SharedPorts()
        #expect(ports.space.enter(entry(900_000, slot: 0), port: 0))
        ports.space.serve(upTo: end)
        #expect(ports.space.enter(entry(950_000, slot: 1), port: 0))
        ports.space.reset()
        #expect(ports.space.nextEntry == nil)
        #expect(ports.space.enter(entry(100_000, slot: 0), port: 0))
        ports.space.serve(upTo: end)
        #expect(ports.arrival(0) == 100_000)
    }

    @Test(arguments: UInt64(0)..<50)
    func `keeps its rate and the order of entry, whoever brings what when`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        // In the order of entry; several come at the same instant.
        var enters: Int64 = 0
        var chunks = (0..<40).map { index in
            enters += Int64(random.next(below: 3)) * 40_000
            return entry(
                enters,
                slot: index,
                source: Int32(index / 8),
                sequence: Int32(index),
                bytes: Int32(1 + random.next(below: 100))
            )
        }
        let ordered = chunks
        random.shuffle(&chunks)
        let ports = try SharedPorts()
        for chunk in chunks { #expect(ports.space.enter(chunk, port: 2)) }
        // Time goes in steps of its own.
        for step in 1...50 { ports.space.serve(upTo: Instant(picoseconds: Int64(step) * 70_000)) }
        ports.space.serve(upTo: end)
        var free = Int64.min / 2
        for (slot, chunk) in ordered.enumerated() {
            let leave = try #require(ports.arrival(slot))
            #expect(leave == max(chunk.enters.picoseconds, free + Int64(chunk.bytes) * 1_000))
            free = leave
        }
    }
}
