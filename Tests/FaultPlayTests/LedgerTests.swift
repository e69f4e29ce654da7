import ClusterModel
import Membership
import Testing

@testable import FaultPlay

/// A failure of rank 3 that was noticed at `at`; its process, if that ended.
private func incident(at: Int64, process: Int32? = nil, rank: Int = 3) -> Incident {
    var incident = Incident(
        failure: process == nil
            ? .silent(Rank(rank), milliseconds: 1, phase: "running")
            : .workerEnded(Rank(rank), how: "killed by signal 9", phase: "running"),
        measure: .restart,
        step: 1,
        phase: "running",
        detectedAt: at,
        decidedAt: at
    )
    incident.process = process
    return incident
}

private func ledger(_ entries: (id: Int, at: Int64, process: Int32)...) -> StrikeLedger {
    var ledger = StrikeLedger()
    for entry in entries {
        ledger.add(.init(id: entry.id, at: entry.at, processes: [Rank(3): entry.process]))
    }
    return ledger
}

@Suite struct `Strikes and the incidents that follow` {
    @Test func `each incident follows from the last strike before it`() {
        let ledger = ledger((0, 100, 41), (1, 200, 42), (2, 300, 43))
        let incidents = [
            incident(at: 110, process: 41), incident(at: 230, process: 42), incident(at: 310),
        ]
        for id in 0..<3 {
            #expect(ledger.incidents(of: id, among: incidents) == [incidents[id]])
        }
    }

    @Test func `what happened before, elsewhere or to another process has another cause`() {
        let ledger = ledger((0, 100, 41))
        #expect(ledger.cause(of: incident(at: 99, process: 41)) == nil)
        #expect(ledger.cause(of: incident(at: 110, process: 41, rank: 2)) == nil)
        // Started again after the strike, and then killed by somebody else.
        #expect(ledger.cause(of: incident(at: 500, process: 42)) == nil)
        #expect(ledger.cause(of: incident(at: 110, process: 41))?.id == 0)
    }

    /// Both hit the process that is there: the signal is quicker than the request to exit.
    @Test(arguments: [false, true])
    func `of two at one instant it is the one that ended the process`(exitsFirst: Bool) {
        var ledger = StrikeLedger()
        for id in 0..<2 {
            let isExit = (id == 0) == exitsFirst
            let processes = [Rank(3): Int32(41)]
            ledger.add(.init(id: id, at: 10, processes: processes, signal: isExit ? nil : 9))
        }
        var killed = incident(at: 11, process: 41)
        killed.signal = 9
        #expect(ledger.cause(of: killed)?.id == (exitsFirst ? 1 : 0))
        #expect(ledger.cause(of: incident(at: 11, process: 41))?.id == (exitsFirst ? 0 : 1))
    }

    @Test func `of two that kill a process it is the first`() {
        var ledger = StrikeLedger()
        for id in 0..<2 {
            ledger.add(.init(id: id, at: 10, processes: [Rank(3): 41], signal: 9))
        }
        var killed = incident(at: 11, process: 41)
        killed.signal = 9
        #expect(ledger.cause(of: killed)?.id == 0)
    }

    @Test func `a strike at a node owns the deaths of all its ranks`() {
        var ledger = StrikeLedger()
        ledger.add(.init(id: 7, at: 10, processes: [Rank(2): 40, Rank(3): 41]))
        let deaths = [
            incident(at: 11, process: 41), incident(at: 12, process: 40, rank: 2),
        ]
        #expect(ledger.incidents(of: 7, among: deaths) == deaths)
    }
}
