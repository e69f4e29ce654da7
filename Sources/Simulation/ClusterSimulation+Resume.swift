// A coordinator that is killed, and the one that goes on from the folder, as `run --resume` does.

import ClusterModel
import Faults
import Membership

extension ClusterSimulation {
    /// Workers must be gone after their coordinator within this.
    static let orphanMax: Int64 = 2_000_000_000

    /// Nothing is left of it but its folder, and nothing of its workers.
    mutating func killCoordinator() {
        folder.save(struck: faults.struck, taken: taken)
        folder.lose()
        isCoordinatorDead = true
        (stoppedAt, coordinatorBacklog) = (nil, [])
        // Whoever held them is gone; what links and experts suffer is in the plan.
        faults.active = faults.active.filter { faults.events[$0].kind.isOfNoProcess }
        faults.crashesLeft = [:]
        for rank in processes.indices.map(Rank.init) {
            guard processes[rank.index].isAlive else {
                // On its way up it finds nobody to join.
                processes[rank.index].incarnation += 1
                continue
            }
            let incarnation = processes[rank.index].incarnation
            schedule(.orphaned(rank, incarnation: incarnation), at: arrival(nil, rank))
        }
        schedule(.resumed, after: Self.orphanMax)
    }

    /// A worker follows its coordinator; who is stopped is ended by the kernel.
    mutating func orphaned(_ rank: Rank, _ incarnation: Int) {
        guard processes[rank.index].incarnation == incarnation, bug != .deafOrphan else { return }
        die(rank)
    }

    /// Somebody has started the run again with its folder.
    mutating func resume() {
        rules.resumed(
            orphans: processes.indices.map(Rank.init).filter {
                processes[$0.index].isAlive
            }
        )
        isCoordinatorDead = false
        failure = nil
        measures.append(.resume)
        faults.lastChangeAt = now
        if bug != .forgottenStrikes {
            faults.goOn(after: folder.struck)
        } else {
            faults.goOn(after: [])
        }
        let ladder = folder.ladder
        taken = folder.taken
        recovery = Self.recovery(policy, used: ladder.used, world: ground.world)
        rejoins = ladder.rejoins(policy)
        coordinator = Self.coordinator(policy, world: ground.world, at: now)
        step = folder.steps.count
        serial = step - 1
        leftOut = folder.steps.last?.excluded ?? []
        (excluded, rejoining, known) = ([], [], [])
        // Connections went with their ends.
        (held, swallowed) = ([], [:])
        for index in processes.indices { start(Rank(index)) }
    }

    /// Of those that the last step was played without the run goes on without.
    ///
    /// - Returns: whether there are any.
    mutating func leaveOutAsBefore() -> Bool {
        let ranks = leftOut.subtracting(excluded)
        leftOut = []
        guard !ranks.isEmpty else { return false }
        carryOut(RecoveryDecision(measure: .exclude, lost: ranks))
        return true
    }
}
