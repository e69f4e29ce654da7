import ClusterModel
import Faults
import Testing

@testable import FaultPlay

private func book(_ faults: String...) throws -> FaultBook { try TwoByTwo.book(faults) }

@Suite struct `The book of a run's faults` {
    @Test func `a strike is taken once, in the first pass of its step`() throws {
        var book = try book("kind=kill,npu=1,at=step 2", "kind=pause,npu=1,at=step 2,for=5 ms")
        book.begin(step: 1, router: 0)
        #expect(book.takeStrikes { _ in true }.isEmpty)
        book.begin(step: 2, router: 0)
        #expect(book.takeStrikes { $0.name == "kill" }.map(\.id) == [0])
        book.begin(step: 2, router: 1)
        #expect(book.takeStrikes { _ in true }.map(\.id) == [1])
        #expect(book.takeStrikes { _ in true }.isEmpty)
        #expect(book.outcomes.allSatisfy { $0.applied?.step == 2 && $0.healed == nil })
    }

    /// Who goes on after it meets the others.
    @Test func `a strike that kills the coordinator is taken alone`() throws {
        var book = try book(
            "kind=kill,npu=1,at=step 2",
            "kind=coordinator-kill,at=step 2",
            "kind=folder-full,at=step 2"
        )
        book.begin(step: 2, router: 0)
        #expect(book.takeStrikes { _ in true }.map(\.id) == [1])
        #expect(book.outcomes.map { $0.applied != nil } == [false, true, false])
    }

    @Test func `strikes of the launch are not those of the first step`() throws {
        var book = try book("kind=never-starts,npu=1", "kind=kill,npu=1,at=step 0")
        #expect(book.takeLaunchStrikes().map(\.id) == [0])
        book.begin(step: 0, router: 0)
        #expect(book.takeStrikes { _ in true }.map(\.id) == [1])
        #expect(book.takeLaunchStrikes().isEmpty)
    }

    @Test func `a fault that lasts steps ends with the first after them`() throws {
        var book = try book("kind=descriptors,npu=1,at=step 1,for=2 steps")
        book.begin(step: 1, router: 0)
        #expect(book.takeStrikes { _ in true }.count == 1)
        book.begin(step: 2, router: 0)
        #expect(book.takeEnded { _ in true }.isEmpty)
        book.begin(step: 3, router: 0)
        #expect(book.takeEnded { _ in true }.map(\.id) == [0])
        #expect(book.takeEnded { _ in true }.isEmpty)
        #expect(book.outcomes[0].healed?.step == 3)
    }
}
