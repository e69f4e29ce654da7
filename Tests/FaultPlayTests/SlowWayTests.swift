import ClusterModel
import Exchange
import Faults
import Links
import Testing

@testable import FaultPlay

private let layout = TwoByTwo.layout

private let everyWay = Set(
    layout.ranks.flatMap { from in
        layout.ranks.filter { $0 != from }.map { RankWay(from: from, to: $0) }
    }
)

private func way(_ from: Int, _ to: Int) -> RankWay { RankWay(from: Rank(from), to: Rank(to)) }

private func name(_ slow: Set<RankWay>, of used: Set<RankWay> = everyWay) -> SlowWayName? {
    SlowWayNames(slow, of: used, over: TwoByTwo.ports).name(of: slow)
}

/// A book in a step of one exchange between all.
private func playing(_ faults: String...) throws -> FaultBook {
    var book = try TwoByTwo.book(faults)
    book.begin(step: 0, router: 0)
    let matrix = TrafficMatrix(rows: Array(repeating: [100, 100, 100, 100], count: 4))
    _ = book.change(
        CompiledStep(
            programs: LayerProgram.bare(matrix, .direct, over: TwoByTwo.ports),
            choice: AlgorithmChoice(.direct, reason: "")
        )
    )
    return book
}

/// What the sender of a way says of a strike.
private func hurt(_ strike: Int, to peer: Int, sentAt: Int64 = 0) -> RankWays {
    var mark = ImpairmentMark(strike: strike, chunks: 3, stage: 0, peer: Rank(peer), sequence: 0)
    mark.sentAt = sentAt
    return RankWays(marks: [mark])
}

/// What a receiver says of a way.
private func found(from peer: Int, slow: Int = 0, late: Int = 0, seenAt: Int64 = 0) -> RankWays {
    var way = SlowWay(peer: Rank(peer), arrive: Instant(picoseconds: 9_000_000))
    (way.slow, way.factor) = (slow, slow > 0 ? 4 : 0)
    (way.late, way.delay) = (late, Interval(picoseconds: late > 0 ? 5_000_000 : 0))
    way.seenAt = seenAt
    return RankWays(slow: [way])
}

@Suite struct `Slow ways are named` {
    @Test func `each by itself, or as one of several`() {
        #expect(
            name([way(0, 2)]) == SlowWayName(cause: .pair(from: Rank(0), to: Rank(2)), others: 0)
        )
        #expect(
            name([way(3, 1), way(0, 2)])
                == SlowWayName(cause: .pair(from: Rank(0), to: Rank(2)), others: 1)
        )
        #expect(name([]) == nil)
    }

    @Test func `as a class of links where all of it is slow that was used`() {
        let roce = everyWay.filter { ($0.from.index < 2) != ($0.to.index < 2) }
        #expect(name(roce) == SlowWayName(cause: .link(.roce), others: 0))
        var most = roce
        most.remove(way(0, 2))
        #expect(name(most)?.cause == .pair(from: Rank(0), to: Rank(3)))
        #expect(
            name(most, of: everyWay.subtracting([way(0, 2)]))
                == SlowWayName(cause: .link(.roce), others: 0)
        )
    }

    @Test func `as an NPU where all its ways are`() {
        let own = everyWay.filter { $0.from == Rank(2) || $0.to == Rank(2) }
        #expect(name(own) == SlowWayName(cause: .npu(Rank(2)), others: 0))
        #expect(name(own.union([way(0, 1)])) == SlowWayName(cause: .npu(Rank(2)), others: 1))
    }
}

@Suite struct `Slow ways that ranks find` {
    @Test func `are put down to the strike that holds on them`() throws {
        var book = try playing("kind=bandwidth,from=0,to=2,factor=0.25,at=step 0")
        // The receiver may tell before the sender does.
        book.saw(found(from: 0, slow: 3, seenAt: 4_000_000), of: Rank(2))
        book.saw(hurt(0, to: 2, sentAt: 1_000_000), of: Rank(0))
        book.findSlowWays()
        let detection = try #require(book.outcomes[0].detection)
        #expect(detection.discoverer == "rank 2")
        #expect(detection.cause == .pair(from: Rank(0), to: Rank(2)) && detection.others == 0)
        #expect(detection.symptom == .slower(factor: 4) && detection.afterMs == 3)
        #expect(book.outcomes[0].detectedAfter == Interval(picoseconds: 9_000_000))
        #expect(book.score().falseAlarms == 0)
    }

    /// Without a step before it or after it there is no rate to compare with.
    @Test func `are evidence of a strike that holds all the time`() throws {
        var book = try playing("kind=bandwidth,from=0,to=2,factor=0.25,at=step 0")
        book.saw(hurt(0, to: 2), of: Rank(0))
        book.saw(found(from: 0, slow: 3), of: Rank(2))
        var record = WayRecord(peer: Rank(0), bytes: 100, time: Interval(picoseconds: 16_000))
        record.oddAt = 0
        book.saw(RankWays(records: [record]), of: Rank(2))
        #expect(!book.outcomes[0].isProven)
        book.findSlowWays()
        #expect(book.outcomes[0].isProven)
        #expect(book.outcomes[0].proofs.first == .slowed(.slower(factor: 4)))
    }

    @Test func `are the coordinator's finding where several ranks tell of them`() throws {
        var book = try playing("kind=latency,link=roce,added=5 us,at=step 0")
        for (from, to) in [(0, 2), (0, 3), (1, 2), (1, 3), (2, 0), (2, 1), (3, 0), (3, 1)] {
            book.saw(hurt(0, to: to), of: Rank(from))
            book.saw(found(from: from, late: 1), of: Rank(to))
        }
        book.findSlowWays()
        let detection = try #require(book.outcomes[0].detection)
        #expect(detection.discoverer == "coordinator")
        #expect(detection.cause == .link(.roce) && detection.others == 0)
        #expect(detection.symptom == .later(Interval(picoseconds: 5_000_000)))
        #expect(detection.afterMs == nil)
    }

    /// Another way, the way back, or another sort of harm.
    @Test(arguments: [(1, 2, true), (2, 0, true), (0, 2, false)])
    func `are false alarms where no strike explains them`(
        from: Int,
        to: Int,
        isSlow: Bool
    ) throws {
        var book = try playing("kind=bandwidth,from=0,to=2,factor=0.25,at=step 0")
        book.saw(hurt(0, to: 2), of: Rank(0))
        let slow = found(from: from, slow: isSlow ? 1 : 0, late: isSlow ? 0 : 1)
        book.saw(slow, of: Rank(to))
        book.ended(stageEnds: Array(repeating: [Instant.zero], count: 4))
        #expect(book.outcomes[0].detection == nil)
        #expect(book.score().falseAlarms == 1)
    }

    @Test func `of a step that is given up count as well, once`() throws {
        var book = try playing("kind=flap,from=0,to=2,period=4 us,at=step 0")
        book.saw(hurt(0, to: 2), of: Rank(0))
        book.saw(found(from: 0, late: 2), of: Rank(2))
        book.again()
        #expect(book.outcomes[0].detection?.discoverer == "rank 2")
        book.findSlowWays()
        #expect(book.score().falseAlarms == 0)
    }
}
