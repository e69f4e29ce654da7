import ClusterModel
import Faults
import Links
import Membership
import Testing

@testable import FaultPlay

/// A book whose strikes at links all hold in the present segment.
private func book(_ faults: String...) throws -> FaultBook {
    var book = try TwoByTwo.book(faults)
    book.begin(step: 1, router: 0)
    _ = book.takeStrikes { _ in true }
    for index in book.links.indices {
        book.links[index].cover = FaultCover(stages: 0..<9, time: LinkImpairment.always)
    }
    return book
}

private func wait(_ rank: Int, for peer: Int) -> Wait {
    Wait(Rank(rank), for: Rank(peer), bytes: 100)
}

private func stall(_ waits: Wait...) -> RunFailure {
    .stalled(phase: "running exchange 3", milliseconds: 40, waits: waits)
}

@Suite struct `What a failure at links is put down to` {
    @Test func `each of two strikes is named by the wait on its own way`() throws {
        let book = try book(
            "kind=link-down,from=1,to=3,at=step 1",
            "kind=half-open,from=0,to=2,at=step 1"
        )
        let failure = stall(wait(2, for: 0), wait(3, for: 1))
        #expect(book.blame(for: failure) == [0: wait(3, for: 1), 1: wait(2, for: 0)])
    }

    @Test func `of several waits it is one for the rank that most have in common`() throws {
        let book = try book("kind=link-down,npu=3,at=step 1")
        let failure = stall(wait(3, for: 1), wait(0, for: 3), wait(1, for: 3), wait(2, for: 3))
        #expect(failure.waits.culprits == [Rank(3)])
        #expect(book.blame(for: failure) == [0: wait(0, for: 3)])
    }

    @Test func `a strike at the way back is to blame only where none is at the way itself`() throws
    {
        let one = try book("kind=link-down,from=0,to=2,at=step 1")
        #expect(one.blame(for: stall(wait(0, for: 2))) == [0: wait(0, for: 2)])
        let both = try book(
            "kind=link-down,from=0,to=2,at=step 1",
            "kind=drop,from=2,to=0,at=step 1"
        )
        #expect(both.blame(for: stall(wait(0, for: 2))) == [1: wait(0, for: 2)])
    }

    /// As between two segments, while the last one's strikes are still known.
    @Test func `who waits for counts does not wait because of a strike at a link`() throws {
        let book = try book(
            "kind=link-down,from=0,to=2,at=step 1",
            "kind=half-open,from=0,to=2,at=step 1"
        )
        let counts = Wait(Rank(2), for: Rank(0))
        #expect(book.blame(for: stall(counts)) == [1: counts])
        let broken = RunFailure.linkDown(Rank(2), peer: Rank(0), isCorrupt: true, "a wrong sum")
        #expect(book.blame(for: broken) == [0: counts, 1: counts])
    }

    /// It was closed behind the last bytes of its step, and nobody had to use it until then.
    @Test(arguments: [
        "kind=refuse,from=0,to=2,at=step 1,for=1 step", "kind=connection-reset,npu=0,at=step 1",
    ])
    func `a connection that was closed in a step may be missed in the next one`(
        fault: String
    ) throws {
        var book = try book(fault)
        for step in 2..<4 {
            book.begin(step: step, router: 0)
            _ = book.takeEnded { _ in true }
            let isMet = !book.blame(for: stall(wait(2, for: 0))).isEmpty
            #expect(isMet == (step == 2))
        }
    }

    @Test func `a wait on a way that no strike hurts is nobody's`() throws {
        let book = try book("kind=link-down,from=0,to=2,at=step 1")
        #expect(book.blame(for: stall(wait(3, for: 1))).isEmpty)
        let silence = RunFailure.silent(Rank(2), milliseconds: 5, phase: "running exchange 3")
        #expect(book.blame(for: silence).isEmpty)
    }
}
