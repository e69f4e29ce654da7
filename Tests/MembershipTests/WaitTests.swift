import ClusterModel
import Testing

@testable import Membership

@Suite struct `Who is to blame for waits` {
    private func waits(_ pairs: (Int, Int)...) -> [Wait] {
        pairs.map { Wait(Rank($0), for: Rank($1)) }
    }

    @Test func `is who owes, if one waits for one`() {
        #expect(waits((5, 3)).culprits == [Rank(3)])
        #expect(waits((3, 5)).culprits == [Rank(5)])
    }

    @Test func `is who owes everybody`() {
        #expect(waits((0, 2), (1, 2), (3, 2)).culprits == [Rank(2)])
    }

    @Test func `is who gets nothing from anybody`() {
        #expect(waits((2, 0), (2, 1), (2, 3)).culprits == [Rank(2)])
    }

    @Test func `are two, if two waits have nothing in common`() {
        #expect(waits((0, 1), (2, 3)).culprits == [Rank(1), Rank(3)])
    }

    /// Who gets a damaged chunk closes the connection; the sender may tell of its end first.
    @Test func `is who sent what is damaged, whoever tells of the end first`() {
        let found = RunFailure.linkDown(Rank(2), peer: Rank(0), isCorrupt: true, "a checksum")
        let echo = RunFailure.linkDown(Rank(0), peer: Rank(2), isCorrupt: false, "it was closed")
        #expect(found.explains(echo) && !echo.explains(found))
        let other = RunFailure.linkDown(Rank(1), peer: Rank(2), isCorrupt: false, "it was closed")
        #expect(!found.explains(other))
    }

    @Test func `is nobody without waits`() { #expect([Wait]().culprits.isEmpty) }

    @Test func `a stall is cured by making its links again, or by starting who owes again`() {
        let failure = RunFailure.stalled(
            phase: "running exchange 7",
            milliseconds: 5,
            waits: waits((0, 2), (1, 2))
        )
        var machine = RecoveryMachine(
            RecoveryPolicy(ladder: [.retry, .restart], retryMax: 1, restartMax: 1)
        ) { _ in true }
        let retry = machine.decide(failure)
        #expect(retry.measure == .retry && retry.lost.isEmpty)
        #expect(retry.broken == [RankPair(Rank(0), Rank(2)), RankPair(Rank(1), Rank(2))])
        #expect(retry.brokenPeers(of: Rank(2)) == [Rank(0), Rank(1)])
        let restart = machine.decide(failure)
        #expect(restart.measure == .restart && restart.lost == [Rank(2)])
        #expect(machine.decide(failure).measure == .abort)
    }

    /// There is nobody to try again with.
    @Test func `who never joined is started again, not asked to try again`() {
        let policy = RecoveryPolicy(ladder: [.retry, .restart], retryMax: 3, restartMax: 1)
        let failure = RunFailure.timedOut(phase: "joining", milliseconds: 5, missing: [Rank(2)])
        var machine = RecoveryMachine(policy) { _ in true }
        #expect(machine.decide(failure, unjoined: [Rank(2)]).measure == .restart)
        #expect(machine.decide(failure).measure == .retry)
    }

    @Test func `a ladder is climbed within its limits`() {
        let policy = RecoveryPolicy(ladder: [.retry, .restart], retryMax: 2, restartMax: 1)
        let report = RunFailure.reported(Rank(1), "no tokens")
        let death = RunFailure.workerEnded(Rank(1), how: "exited", phase: "idle")
        func measures(_ failures: [RunFailure], _ policy: RecoveryPolicy) -> [RecoveryMeasure] {
            var machine = RecoveryMachine(policy) { _ in true }
            return failures.map { machine.decide($0).measure }
        }
        #expect(
            measures([report, report, report, report], policy) == [
                .retry, .retry, .restart, .abort,
            ]
        )
        // A retry does not help against a process that is gone.
        #expect(measures([death, death, report], policy) == [.restart, .abort, .retry])
        #expect(measures([report], .abort) == [.abort])
    }

    @Test func `ranks outside of the cluster are waited for by nobody`() {
        var board = WaitBoard()
        board.heard(Waiting(peers: [Rank(1), Rank(9)], bytes: [7]), from: Rank(0))
        let members: Set = [Rank(0), Rank(1)]
        #expect(board.first(of: members, among: members) == [Wait(Rank(0), for: Rank(1), bytes: 7)])
        #expect(board.first(of: [Rank(1)], among: members) == [])
    }
}
