// A worker that joins and cannot do what the plan asks.

import ClusterModel
import Membership
import Testing

private let bounds = CoordinatorBounds(
    join: 20_000_000_000,
    mesh: 20_000_000_000,
    prepare: 20_000_000_000,
    leave: 2_000_000_000,
    silence: 5_000_000_000
)

@Suite struct `A plan that a worker refuses` {
    private let ranks = (0..<3).map(Rank.init)

    private func joined() -> CoordinatorMachine {
        var machine = CoordinatorMachine(world: 3, bounds: bounds, at: 0)
        for rank in ranks { _ = machine.joined(rank, at: 0) }
        return machine
    }

    private func decisions(_ ladder: [RecoveryMeasure], canExclude: Bool = true)
        -> [RecoveryMeasure]
    {
        let policy = RecoveryPolicy(ladder: ladder, retryMax: 3, restartMax: 3)
        var recovery = RecoveryMachine(policy) { _ in canExclude }
        let failure = RunFailure.planRefused(Rank(1), "no tokens")
        return (0..<2).map { _ in recovery.decide(failure).measure }
    }

    @Test func `is told from what goes wrong later`() {
        var machine = joined()
        #expect(machine.reported(Rank(1), "no") == .fail(.planRefused(Rank(1), "no")))
        for rank in ranks { _ = machine.meshReady(rank, at: 0) }
        #expect(machine.reported(Rank(1), "no") == .fail(.reported(Rank(1), "no")))
    }

    @Test func `may be that of a process which was started anew`() {
        var machine = joined()
        for rank in ranks { _ = machine.meshReady(rank, at: 0) }
        _ = machine.abandon(serial: 0, lost: [Rank(1)], excluded: [], at: 0)
        for rank in [0, 2].map(Rank.init) { _ = machine.abandoned(rank, serial: 0, at: 0) }
        #expect(machine.joined(Rank(1), at: 0) == .mend)
        #expect(machine.reported(Rank(1), "no") == .fail(.planRefused(Rank(1), "no")))
        #expect(machine.reported(Rank(0), "no") == .fail(.reported(Rank(0), "no")))
    }

    @Test func `is not asked of the same worker again`() {
        #expect(decisions([.retry, .restart]) == [.abort, .abort])
        #expect(decisions([.retry, .restart, .exclude], canExclude: false) == [.abort, .abort])
    }

    @Test func `can be done without the worker`() {
        #expect(decisions([.retry, .restart, .exclude])[0] == .exclude)
    }

    @Test func `ends the run with what the worker said, what was expected and what to try`() {
        let failure = RunFailure.planRefused(Rank(1), "cannot open tokens.npy")
        #expect(failure.rootCause == Rank(1) && failure.discoverer == Rank(1))
        for part in ["worker 1", "cannot open tokens.npy", "expected", "mend"] {
            #expect(failure.description.contains(part))
        }
    }
}
