import ClusterModel
import Testing

@testable import Links

extension EgressPort {
    fileprivate mutating func supply(_ flow: Int32, at picoseconds: Int64) {
        supply(flow, at: Instant(picoseconds: picoseconds))
    }

    fileprivate mutating func leave() -> DepartingChunk? {
        nextStart.flatMap { emit(at: $0, catchUp: .zero) }
    }
}

// A chunk of 100 bytes takes 100,000 ps.
@Suite struct `Chunks passed on` {
    private func relayed(_ stream: Int, stage: Int = 0, bytes: Int = 200) -> EgressFlow {
        flow(stream, stage: stage, bytes: bytes, isRelayed: true)
    }

    @Test func `are held until they are there, chunk by chunk`() {
        var port = slowPort()
        let numbers = port.begin([relayed(7)], at: .zero)
        #expect(numbers == 0..<1)
        #expect(!port.isEmpty)
        #expect(port.nextStart == nil)
        port.supply(0, at: 40_000)
        #expect(port.leave()?.depart == Instant(picoseconds: 140_000))
        #expect(port.nextStart == nil)
        // The second came while the first was leaving.
        port.supply(0, at: 120_000)
        let last = port.leave()
        #expect(last?.start == Instant(picoseconds: 140_000))
        #expect(last?.sequence == 1)
        #expect(port.isEmpty)
    }

    @Test func `that came before their stage began wait for it`() {
        var port = slowPort()
        port.begin(relayed(7), at: 500_000)
        port.supply(0, at: 200_000)
        port.supply(0, at: 210_000)
        #expect(port.drain().map(\.depart.picoseconds) == [600_000, 700_000])
    }

    @Test func `are numbered behind the flows of their stage that have their bytes`() {
        var port = slowPort()
        let numbers = port.begin([relayed(7), flow(1, bytes: 100), relayed(8)], at: .zero)
        #expect(numbers == 1..<3)
        port.supply(2, at: 0)
        port.supply(1, at: 1)
        #expect(port.drain().prefix(3).map(\.stream) == [1, 8, 7])
    }

    @Test(arguments: [(250_000, [2, 1]), (310_000, [1, 2])] as [(Int64, [Int])])
    func `take turns in the order in which they ask`(came: Int64, order: [Int]) {
        var port = slowPort()
        port.begin(flow(1, bytes: 300), relayed(2))
        port.supply(1, at: 50_000)
        // The relayed flow asks while the other's first chunk leaves, and so goes before its second.
        #expect([port.leave(), port.leave(), port.leave()].map { $0?.stream } == [1, 2, 1])
        // The other asks again at 300,000.
        port.supply(1, at: came)
        #expect(port.drain().map(\.stream) == order)
    }

    @Test func `of several flows go as they come, not as they are numbered`() {
        var port = slowPort()
        port.begin(flow(1, bytes: 100), relayed(5, bytes: 100), relayed(6, bytes: 100))
        port.supply(2, at: 10_000)
        port.supply(1, at: 20_000)
        #expect(port.drain().map(\.stream) == [1, 6, 5])
    }

    @Test func `of an earlier stage go first whenever they are there`() {
        var port = slowPort()
        port.begin(relayed(1, stage: 0))
        port.begin(flow(2, stage: 1, bytes: 300))
        #expect(port.leave()?.stream == 2)
        port.supply(0, at: 50_000)
        port.supply(0, at: 190_000)
        #expect(port.drain().map(\.stream) == [1, 1, 2, 2])
    }

    @Test func `may overtake what leaves in their stage or a later one`() {
        var earlier = slowPort()
        earlier.begin(relayed(1, stage: 0))
        #expect(!earlier.mayBeOvertaken)
        earlier.begin(flow(2, stage: 1, bytes: 300))
        var same = slowPort()
        same.begin(relayed(1, stage: 1), flow(2, stage: 1, bytes: 300))
        for var port in [earlier, same] {
            _ = port.leave()
            #expect(port.nextStage == 1)
            #expect(!port.idlesBeforeNext)
            #expect(port.mayBeOvertaken)
        }
    }

    @Test func `of a later stage may only go where the port is free`() {
        var port = slowPort()
        port.begin(flow(2, stage: 1, bytes: 200))
        #expect(!port.mayBeOvertaken)
        port.begin(relayed(1, stage: 2))
        #expect(port.idlesBeforeNext)
        #expect(port.mayBeOvertaken)
        _ = port.leave()
        #expect(!port.mayBeOvertaken)
    }

    @Test func `overtake nothing once they are there`() {
        var port = slowPort()
        port.begin(relayed(1, bytes: 100), flow(2, bytes: 200))
        #expect(port.mayBeOvertaken)
        port.supply(1, at: 0)
        #expect(!port.mayBeOvertaken)
    }

    @Test(arguments: UInt64(0)..<50)
    func `leave once and whole, and never before they came`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var port = slowPort()
        let chunks = (0..<4).map { _ in 1 + random.next(below: 6) }
        port.begin(chunks.enumerated().map { relayed($0, bytes: 100 * $1) }, at: .zero)
        var came: [[Int64]] = chunks.map { _ in [] }
        var now: Int64 = 0
        var order = chunks.enumerated().flatMap { Array(repeating: $0, count: $1) }
        random.shuffle(&order)
        for flow in order {
            now += Int64(random.next(below: 150_000))
            came[flow].append(now)
            port.supply(Int32(flow), at: now)
        }
        let left = port.drain()
        #expect(left.count == order.count)
        for flow in chunks.indices {
            let own = left.filter { $0.stream == flow }
            #expect(own.map(\.sequence) == Array(0..<chunks[flow]))
            #expect(zip(own, came[flow]).allSatisfy { $0.start.picoseconds >= $1 })
        }
        for (before, after) in zip(left, left.dropFirst()) {
            #expect(after.start >= before.depart)
        }
    }
}

@Suite struct `The beginning of a message` {
    @Test func `occupies the port before its first byte, once`() {
        var port = slowPort(overhead: 30_000)
        port.begin(flow(1, bytes: 250))
        #expect(port.drain().map(\.depart.picoseconds) == [130_000, 230_000, 280_000])
    }

    @Test func `is paid for by every message`() {
        var port = slowPort(overhead: 30_000)
        port.begin(flow(1, bytes: 200), flow(2, bytes: 100))
        #expect(port.drain().map(\.depart.picoseconds) == [130_000, 260_000, 360_000])
    }

    @Test func `is not paid for by streams that another opened`() {
        var port = slowPort(overhead: 30_000)
        let gathered = EgressFlow(
            stage: 0,
            stream: 2,
            bytes: ByteCount(100),
            chunk: ByteCount(100),
            opensMessage: false
        )
        port.begin(flow(1, bytes: 100), gathered)
        #expect(port.drain().map(\.depart.picoseconds) == [130_000, 230_000])
    }

    @Test func `is paid for by what is passed on, too`() {
        var port = slowPort(overhead: 30_000)
        port.begin(flow(1, bytes: 200, isRelayed: true))
        port.supply(0, at: 0)
        port.supply(0, at: 0)
        #expect(port.drain().map(\.depart.picoseconds) == [130_000, 230_000])
    }
}
