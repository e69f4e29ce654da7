import ClusterModel
import Membership
import Testing

@Suite struct `Who was left out` {
    private func book(after steps: Int?) -> RejoinBook {
        RejoinBook(RecoveryPolicy(ladder: [.exclude], rejoinAfter: steps))
    }

    @Test func `is due once so many steps have ended without it, of however many routers`() {
        var book = book(after: 2)
        book.leftOut([Rank(3)])
        for step in 4...5 {
            #expect(book.due(before: step).isEmpty)
            for _ in 0..<3 {
                book.ended(step: step)
                #expect(book.due(before: step).isEmpty)
            }
        }
        #expect(book.due(before: 6) == [Rank(3)])
        book.tried([Rank(3)])
        #expect(book.due(before: 6).isEmpty)
        book.ended(step: 6)
        book.ended(step: 7)
        #expect(book.due(before: 8).isEmpty)
    }

    @Test func `is never due where nobody comes back`() {
        var book = book(after: nil)
        book.leftOut([Rank(3)])
        for step in 0..<9 { book.ended(step: step) }
        #expect(book.due(before: 9).isEmpty)
    }

    @Test func `has been away for as long as the run's earlier part says`() {
        let steps: [(step: Int, without: Set<Rank>)] = [
            (3, [Rank(1)]), (4, []), (5, [Rank(3)]), (5, [Rank(3)]), (6, [Rank(3), Rank(5)]),
        ]
        var book = book(after: 3)
        book.goOn(after: steps)
        #expect(book.due(before: 7).isEmpty)
        book.ended(step: 7)
        #expect(book.due(before: 8) == [Rank(3)])
        book.ended(step: 8)
        #expect(book.due(before: 9) == [Rank(3), Rank(5)])
    }

    @Test func `stays away where the run's earlier part had it try in vain`() {
        var book = book(after: 1)
        book.goOn(after: [(4, [Rank(1), Rank(3)]), (5, [Rank(1), Rank(3)])], forGood: [Rank(3)])
        #expect(book.due(before: 6) == [Rank(1)])
    }

    @Test func `takes of the limits what the run's earlier part has left of them`() {
        let policy = RecoveryPolicy(ladder: [.restart, .exclude], restartMax: 3, excludeMax: 1)
        let death = RunFailure.workerEnded(Rank(2), how: "exited", phase: "idle")
        var machine = RecoveryMachine(policy, used: [.restart: 2]) { _ in true }
        let restart = machine.decide(death)
        #expect(restart.measure == .restart && restart.charge == 1)
        #expect(machine.decide(death).measure == .exclude)
        #expect(machine.decide(death).measure == .abort)
        var spent = RecoveryMachine(policy, used: [.restart: 3, .exclude: 1]) { _ in true }
        let end = spent.decide(death)
        #expect(end.measure == .abort && end.charge == 0)
    }

    @Test func `stays away if it cannot come, which uses no rung`() {
        var machine = RecoveryMachine(RecoveryPolicy(ladder: [.exclude], excludeMax: 1)) { _ in
            true
        }
        let death = RunFailure.workerEnded(Rank(2), how: "exited", phase: "joining")
        let decision = machine.decide(death, unjoined: [Rank(2)], rejoining: [Rank(2), Rank(5)])
        #expect(decision == RecoveryDecision(measure: .exclude, lost: [Rank(2)]))
        let other = RunFailure.workerEnded(Rank(1), how: "exited", phase: "joining")
        #expect(machine.decide(other, rejoining: [Rank(2)]).measure == .exclude)
        #expect(machine.decide(other).measure == .abort)
    }

    /// Of groups of two, one is lost and both are left out: that is one rung.
    @Test func `takes along who can do nothing without it, and uses one rung`() {
        let policy = RecoveryPolicy(ladder: [.restart, .exclude], restartMax: 1, excludeMax: 1)
        var machine = RecoveryMachine(policy) { ranks in
            Set(ranks.flatMap { [Rank($0.index / 2 * 2), Rank($0.index / 2 * 2 + 1)] })
        } canExclude: {
            $0.count.isMultiple(of: 2)
        }
        let death = RunFailure.workerEnded(Rank(2), how: "exited", phase: "stepping")
        #expect(machine.decide(death).lost == [Rank(2)])
        let pair = [Rank(2), Rank(3)] as Set
        let exclusion = machine.decide(death)
        #expect(exclusion.measure == .exclude && exclusion.lost == pair && exclusion.charge == 1)
        let decision = machine.decide(death, excluded: [], rejoining: pair)
        #expect(decision == RecoveryDecision(measure: .exclude, lost: pair))
        #expect(machine.decide(death).measure == .abort)
    }

    @Test func `is awaited, admitted and a peer again`() {
        let bounds = CoordinatorBounds.standard
        var coordinator = CoordinatorMachine(world: 3, bounds: bounds, at: 0)
        for rank in 0..<3 { _ = coordinator.joined(Rank(rank), at: 0) }
        for rank in 0..<3 { _ = coordinator.meshReady(Rank(rank), at: 0) }
        _ = coordinator.abandon(serial: 1, lost: [], excluded: [Rank(1)], at: 0)
        #expect(coordinator.members == [Rank(0), Rank(2)])
        for rank in [0, 2] { _ = coordinator.abandoned(Rank(rank), serial: 1, at: 0) }
        for rank in [0, 2] { _ = coordinator.meshReady(Rank(rank), at: 0) }
        _ = coordinator.abandon(serial: 2, lost: [Rank(1)], excluded: [], at: 0)
        #expect(coordinator.members.count == 3 && coordinator.unjoined == [Rank(1)])
        #expect(coordinator.mayJoin(Rank(1)) && !coordinator.mayJoin(Rank(0)))
        for rank in [0, 2] {
            #expect(coordinator.abandoned(Rank(rank), serial: 2, at: 0) == .wait)
        }
        #expect(coordinator.joined(Rank(1), at: 0) == .mend)

        var worker = WorkerMachine(rank: Rank(2))
        _ = worker.planned(world: 3)
        for peer in 0..<2 { _ = worker.linked(Rank(peer)) }
        _ = worker.abandon(serial: 1, dropped: [], excluded: [Rank(1)])
        #expect(worker.peers == [Rank(0)] && worker.isMeshed && worker.excluded == [Rank(1)])
        _ = worker.abandon(serial: 2, dropped: [Rank(1)], excluded: [])
        #expect(worker.peers == [Rank(0), Rank(1)] && worker.excluded.isEmpty)
        #expect(worker.mend() == [.visit([Rank(1)])])
        #expect(worker.linked(Rank(1)) == [.tellMeshReady])
    }
}
