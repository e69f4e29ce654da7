import ClusterModel
import Links
import Testing

@testable import Exchange

/// Chunks of one length between ranks 0 and 1 of two nodes, or of one.
private struct Way {
    let route: Route
    let rate: LinkRate

    init(_ nodes: Int, topology: HCCSTopology = .mesh, npus: Int = 2, to peer: Int = 1) throws {
        let ports = try ports(nodes: nodes, npus: npus, topology: topology)
        route = ports.route(from: Rank(0), to: Rank(peer))
        rate = ports.rate(of: route.link)
    }

    /// One from each class of link.
    static func all() throws -> [Way] {
        [
            try Way(1), try Way(1, topology: .quads, npus: 8, to: 5), try Way(2, npus: 1),
            try Way(1, topology: .switch),
        ]
    }

    func time(_ length: Int) -> Interval { rate.bandwidth.time(for: ByteCount(length)) }

    /// A chunk whose head says times in single precision.
    func chunk(_ length: Int, span: Interval, late: Interval = .zero) -> ChunkHeader {
        ChunkHeader(
            stage: 0,
            source: Rank(0),
            stream: 0,
            sequence: 0,
            offset: 0,
            length: length,
            depart: Instant(picoseconds: 5_000_000),
            span: Interval(picoseconds: Int64(Float(span.picoseconds))),
            late: Interval(picoseconds: Int64(Float(late.picoseconds)))
        )
    }

    func seen(_ chunks: [ChunkHeader]) -> [SlowWay] {
        var watch = SlowWayWatch()
        for chunk in chunks { watch.see(chunk, over: route, rate) }
        return watch.ways
    }
}

extension Interval {
    fileprivate func times(_ factor: Double) -> Interval { Interval(seconds: seconds * factor) }
}

@Suite struct `A slow way` {
    @Test(arguments: UInt64(0)..<200)
    func `is none whose chunks take what the figures say`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for way in try Way.all() {
            let lengths = (0..<40).map { _ in
                1 + random.next(below: 1 << (1 + random.next(below: 20)))
            }
            #expect(way.seen(lengths.map { way.chunk($0, span: way.time($0)) }).isEmpty)
        }
    }

    @Test func `is one from a tenth on, in rate and in delay`() throws {
        for way in try Way.all() {
            let (length, time) = (1 << 20, way.time(1 << 20))
            #expect(way.seen([way.chunk(length, span: time.times(1.09))]).isEmpty)
            let slow = way.seen([way.chunk(length, span: time.times(1.11))])
            #expect(slow.map(\.slow) == [1] && slow.map(\.late) == [0])
            let whole = time + way.rate.latency
            #expect(way.seen([way.chunk(length, span: time, late: whole.times(0.09))]).isEmpty)
            let late = way.seen([way.chunk(length, span: time, late: whole.times(0.11))])
            #expect(late.map(\.slow) == [0] && late.map(\.late) == [1])
        }
    }

    @Test func `is told of by the chunk that it hurts the least`() throws {
        let way = try Way(2, npus: 1)
        let (length, time) = (1 << 20, way.time(1 << 20))
        let micro = { (count: Int64) in Interval(picoseconds: count * 1_000_000) }
        let seen = way.seen([
            way.chunk(length, span: time), way.chunk(length, span: time.times(4)),
            way.chunk(length, span: time.times(2), late: micro(70)),
            way.chunk(length, span: time, late: micro(90)),
        ])
        let only = try #require(seen.count == 1 ? seen.first : nil)
        #expect(only.peer == Rank(0) && only.slow == 2 && only.late == 2)
        #expect(abs(only.factor - 2) < 1e-6 && only.delay == micro(70))
        #expect(only.arrive == Instant(picoseconds: 5_000_000) + way.rate.latency)
    }

    /// Nor is one that waits for those in front of it in its stream.
    @Test func `is none that brings chunks out of turn`() throws {
        var receiver = try Receiver()
        receiver.begin()
        receiver.machine.keep(chunk(1))
        _ = receiver.machine.received(chunk(0, depart: 9_000_000), at: .zero)
        #expect(receiver.machine.ways.slow.isEmpty)
    }
}
