import ClusterModel
import Faults
import Testing

@testable import FaultPlay

/// What was found of one proven strike at two nodes of two NPUs.
@Suite struct `What is found is scored` {
    private static let slower = FaultProof.rates(before: 2, during: 1, after: nil)
    private static let killed = FaultProof.processEnded(signal: 9, code: nil)

    private func score(
        _ fault: String,
        _ proof: FaultProof,
        found cause: FaultTarget?
    ) throws -> DetectionScore {
        var book = try TwoByTwo.book([fault])
        book.begin(step: 1, router: 0)
        _ = book.takeStrikes { _ in true }
        book.outcomes[0].applied = FaultStamp(step: 1, time: .zero)
        book.prove(0, proof)
        let detection = cause.map {
            FaultDetection(discoverer: "coordinator", cause: $0, afterMs: 1)
        }
        book.found(0, detection, nil)
        return book.score()
    }

    @Test(arguments: [
        (
            "kind=bandwidth,from=0,to=2,factor=0.5,at=step 1",
            FaultTarget.pair(from: Rank(0), to: Rank(2))
        ),
        ("kind=bandwidth,from=0,to=2,factor=0.5,at=step 1", .npu(Rank(0))),
        ("kind=bandwidth,link=roce,factor=0.5,at=step 1", .pair(from: Rank(3), to: Rank(1))),
        ("kind=bandwidth,node=1,factor=0.5,at=step 1", .npu(Rank(3))),
        ("kind=uplink-down,node=1,at=step 1", .link(.roce)),
    ])
    func `by what the strike hurts it is right`(fault: String, cause: FaultTarget) throws {
        let score = try score(fault, Self.slower, found: cause)
        #expect(score.found == 1 && score.falseAlarms == 0)
    }

    @Test(arguments: [
        (
            "kind=bandwidth,from=0,to=2,factor=0.5,at=step 1",
            FaultTarget.pair(from: Rank(2), to: Rank(0))
        ),
        ("kind=bandwidth,from=0,to=2,factor=0.5,at=step 1", .npu(Rank(1))),
        ("kind=bandwidth,link=roce,factor=0.5,at=step 1", .link(.hccs)),
        ("kind=uplink-down,node=1,at=step 1", .pair(from: Rank(2), to: Rank(3))),
    ])
    func `by something else it is a false alarm, and the strike is not found`(
        fault: String,
        cause: FaultTarget
    ) throws {
        let score = try score(fault, Self.slower, found: cause)
        #expect(score.strikes == 1 && score.found == 0 && score.falseAlarms == 1)
    }

    @Test func `of processes it is the rank that has them`() throws {
        let kill = "kind=node-kill,node=1,at=step 1"
        #expect(try score(kill, Self.killed, found: .npu(Rank(3))).found == 1)
        #expect(try score(kill, Self.killed, found: .npu(Rank(0))).found == 0)
        #expect(try score(kill, Self.killed, found: nil).falseAlarms == 0)
    }
}
