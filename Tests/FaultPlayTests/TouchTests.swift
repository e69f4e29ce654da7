import ClusterModel
import Exchange
import Faults
import Links
import Testing

@testable import FaultPlay

/// Overlapping strikes at one way: what rank 0 sends to rank 2.
@Suite struct `Chunks that several strikes may have touched` {
    private func book(_ faults: String...) throws -> FaultBook {
        var book = try TwoByTwo.book(faults)
        book.seesArrivals = true
        return book
    }

    /// What rank 0 says it has touched, by strike, on its way to rank 2.
    private func sent(_ touched: [Int: Int], to peer: Int = 2, at instant: Int64 = 0) -> RankWays {
        RankWays(
            marks: touched.sorted { $0.key < $1.key }.map {
                var mark = ImpairmentMark(
                    strike: $0.key,
                    chunks: $0.value,
                    stage: 0,
                    peer: Rank(peer),
                    sequence: 1
                )
                mark.sentAt = instant
                return mark
            }
        )
    }

    /// What rank 2 says it has found on that way.
    private func found(_ change: (inout WayRecord) -> Void) -> RankWays {
        var record = WayRecord(peer: Rank(0), bytes: 100, time: .zero)
        record.oddAt = 5
        change(&record)
        return RankWays(records: [record])
    }

    private func chunks(_ book: FaultBook) -> [Int] {
        book.outcomes.map { outcome in
            outcome.proofs.reduce(0) { sum, proof in
                guard case .chunks(let count, _) = proof else { return sum }
                return sum + count
            }
        }
    }

    @Test func `each that is found is evidence of one, and of no more than were touched`() throws {
        var book = try book(
            "kind=duplicate,from=0,to=2,ratio=1/2,at=step 1,for=3 steps",
            "kind=duplicate,from=0,to=2,ratio=1/2,at=step 2,for=3 steps"
        )
        book.begin(step: 1, router: 0)
        book.saw(sent([0: 2]), of: Rank(0))
        book.saw(found { $0.doubled = 1 }, of: Rank(2))
        #expect(chunks(book) == [1, 0])
        book.begin(step: 2, router: 0)
        book.saw(sent([0: 1, 1: 3]), of: Rank(0))
        // The copy that was late, and the four of this step.
        book.saw(found { $0.doubled = 5 }, of: Rank(2))
        #expect(chunks(book) == [3, 3])
        // Nobody touched these.
        book.saw(found { $0.doubled = 7 }, of: Rank(2))
        #expect(chunks(book) == [3, 3])
        #expect(book.outcomes.allSatisfy { $0.isProven && $0.detection != nil })
    }

    /// Which rank's report comes first is chance.
    @Test(arguments: [[2, 3], [3, 2]])
    func `are found by the lowest way of the first step in which any were`(order: [Int]) throws {
        var book = try book("kind=corrupt,npu=0,ratio=1/2,at=step 1,for=2 steps")
        book.begin(step: 1, router: 0)
        let times: [Int: Int64] = [2: 900, 3: 700]
        for rank in order {
            book.saw(sent([0: 2], to: rank, at: 500), of: Rank(0))
            book.saw(
                found { ($0.damaged, $0.oddAt) = (2, times[rank] ?? 0) },
                of: Rank(rank)
            )
        }
        let detection = book.outcomes[0].detection
        #expect(detection?.discoverer == "rank 2" && detection?.afterMs == 0.0002)
        #expect(detection?.cause == .pair(from: Rank(0), to: Rank(2)))
    }

    @Test func `what only one of them has touched is no evidence of the other`() throws {
        let fault = "kind=reorder,from=0,to=2,ratio=1/2,at=step 1,for=2 steps"
        var book = try book(fault, fault)
        book.begin(step: 1, router: 0)
        // The receiver may tell first.
        book.saw(found { $0.early = 2 }, of: Rank(2))
        #expect(chunks(book) == [0, 0])
        book.saw(sent([1: 2]), of: Rank(0))
        #expect(chunks(book) == [0, 2])
        #expect(book.outcomes.map { $0.detection?.discoverer } == [nil, "rank 2"])
    }

    @Test func `other ways and other sorts are apart`() throws {
        var book = try book(
            "kind=duplicate,from=0,to=2,ratio=1/2,at=step 1",
            "kind=reorder,from=0,to=2,ratio=1/2,at=step 1",
            "kind=drop,from=0,to=3,ratio=1/2,at=step 1"
        )
        book.begin(step: 1, router: 0)
        book.saw(sent([0: 1, 1: 1]), of: Rank(0))
        book.saw(found { $0.missed = 4 }, of: Rank(2))
        #expect(chunks(book) == [0, 0, 0])
        book.saw(found { ($0.early, $0.doubled) = (2, 3) }, of: Rank(2))
        #expect(chunks(book) == [1, 1, 0])
    }
}
