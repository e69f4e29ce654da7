// The coordinator of a simulated cluster: it carries out what its machines decide.

import ClusterModel
import Faults
import Membership

extension ClusterSimulation {
    var isLeaving: Bool { step == ground.steps || failure != nil }

    private func tellable() -> [Rank] { coordinator.members.sorted() }

    func isThere(_ rank: Rank) -> Bool { !coordinator.unjoined.contains(rank) }

    private mutating func tell(_ word: ControlWord, _ rank: Rank) {
        let incarnation = processes[rank.index].incarnation
        schedule(.toWorker(word, to: rank, incarnation: incarnation), at: arrival(nil, rank))
    }

    private mutating func tellAll(_ word: ControlWord) {
        for rank in tellable() { tell(word, rank) }
    }

    mutating func look() {
        schedule(.look, after: Self.lookEvery)
        if now >= nextPing {
            nextPing = now + coordinator.bounds.heartbeat
            ping(pings + 1)
        }
        if standsStill {
            act(coordinator.standsStill(serial: serial, ping: pings + 1, at: now))
        }
        act(coordinator.tick(at: now))
    }

    /// Nothing is under way and nobody goes on by itself: what workers and their coordinator agree on
    /// by counting chunks.
    private var standsStill: Bool {
        guard coordinator.isPlaying(serial: serial), stoppedAt == nil, held.isEmpty else {
            return false
        }
        let isAwake = coordinator.members.allSatisfy { rank in
            let process = processes[rank.index]
            return process.isAlive && !process.isPaused && process.backlog.isEmpty
        }
        return isAwake && swallowed.isEmpty && onlyLooks
    }

    private mutating func ping(_ number: Int) {
        pings = number
        for rank in tellable() where isThere(rank) { tell(.ping(number), rank) }
    }

    mutating func act(_ action: CoordinatorAction) {
        switch action {
        case .wait: break
        case .allGone: isOver = true
        case .sendPlan, .mend: mend()
        case .meshReady:
            rejoined += rejoining.count
            rejoining = []
            if !leaveOutAsBefore() { beginStep() }
        case .compile(let serial):
            coordinator.loading(serial: serial, at: now)
            tellAll(.program(serial))
        case .appoint(let serial):
            coordinator.appointed(serial: serial, bound: Self.stepMax, at: now)
            tellAll(.start(serial))
        case .check(let serial): tellAll(.check(serial))
        case .stepDone(let serial): stepDone(serial)
        case .ask(let number): ping(number)
        case .askForMissing(let stage): tellAll(.askForMissing(serial, upTo: stage))
        case .fail(.timedOut) where bug == .forgottenTimeout,
            .fail(.stalled) where bug == .forgottenTimeout:
            break
        case .fail(let failure): recover(failure)
        }
    }

    /// Those that came anew get the plan, all others make the connections they miss.
    private mutating func mend() {
        for rank in tellable() {
            tell(known.contains(rank) ? .mend : .plan(excluded: excluded), rank)
        }
        known = coordinator.members
    }

    private mutating func beginStep() {
        let due = rejoins.due(before: step)
        guard due.isEmpty else { return rejoin(due) }
        serial += 1
        reach(.step(step, nil))
        reach(.step(step, .gate))
        coordinator.prepare(serial: serial, at: now)
        results = [:]
        let hurts = bug == .untoldExperts ? [] : faults.expertHurts(in: step)
        tellAll(.prepare(serial, step: step, hurts: hurts))
    }

    private mutating func stepDone(_ serial: Int) {
        rules.done(
            serial,
            members: coordinator.members,
            abandonedUpTo: coordinator.abandonedUpTo
        )
        countMoved()
        keepStep()
        rejoins.ended(step: step)
        step += 1
        if step < ground.steps { beginStep() } else { leave() }
    }

    private mutating func leave() {
        let running = coordinator.members.filter { processes[$0.index].isAlive }
        for rank in running.sorted() { tell(.stop, rank) }
        act(coordinator.leave(running: running, at: now))
    }

    mutating func recover(_ failure: RunFailure) {
        let decision = recovery.decide(
            failure,
            excluded: excluded,
            unjoined: coordinator.unjoined,
            rejoining: rejoining
        )
        measures.append(decision.measure)
        let leavesOut = decision.measure == .exclude
        taken.append(
            EarlierMeasure(
                decision.measure,
                charge: decision.charge,
                leftOut: leavesOut ? decision.lost : []
            )
        )
        rules.putDown(decision.lost, because: failure.description)
        guard decision.measure != .abort else {
            self.failure = failure
            return leave()
        }
        if decision.measure == .exclude {
            rejoins.leftOut(decision.lost.subtracting(rejoining))
            rejoining.subtract(decision.lost)
        }
        carryOut(decision)
    }

    /// Who was left out is started again, and the mesh takes it in.
    private mutating func rejoin(_ ranks: Set<Rank>) {
        rejoining = ranks
        rejoins.tried(ranks)
        carryOut(RecoveryDecision(measure: .restart, lost: ranks))
    }

    mutating func carryOut(_ decision: RecoveryDecision) {
        serial += 1
        let isExclusion = decision.measure == .exclude
        for rank in decision.lost.sorted() {
            bury(rank)
            known.remove(rank)
        }
        if isExclusion {
            excluded.formUnion(decision.lost)
        } else {
            excluded.subtract(decision.lost)
        }
        let action = coordinator.abandon(
            serial: serial,
            lost: isExclusion ? [] : decision.lost,
            excluded: excluded,
            at: now
        )
        for rank in tellable() where isThere(rank) {
            let dropped = coordinator.unjoined.union(decision.brokenPeers(of: rank))
            tell(.abandon(serial, dropped: dropped, excluded: excluded), rank)
        }
        if !isExclusion { for rank in decision.lost.sorted() { start(rank) } }
        act(action)
    }

    mutating func heard(_ word: ControlWord, from rank: Rank) {
        coordinator.heard(from: rank, at: now)
        guard !isLeaving else { return }
        switch word {
        case .pong(let number, let waiting):
            act(coordinator.heard(from: rank, waiting: waiting, ping: number, at: now))
        case .meshReady: act(coordinator.meshReady(rank, at: now))
        case .prepared(let serial): act(coordinator.prepared(rank, serial: serial, at: now))
        case .ready(let serial): act(coordinator.ready(rank, serial: serial, at: now))
        case .finished(let serial): act(coordinator.finished(rank, serial: serial, at: now))
        case .stepDone(let serial, let result):
            results[rank] = result
            act(coordinator.stepDone(rank, serial: serial, at: now))
        case .reported(let reason): act(coordinator.reported(rank, reason))
        case .abandoned(let serial): act(coordinator.abandoned(rank, serial: serial, at: now))
        case .linkDown(let peer, let isCorrupt):
            act(coordinator.linkDown(rank, peer: peer, isCorrupt: isCorrupt, "it ended"))
        default: rules.violate("the coordinator heard \(word) from rank \(rank)")
        }
    }

    // MARK: Processes

    mutating func start(_ rank: Rank) {
        let old = processes[rank.index]
        rules.started(rank, besideAnother: old.isAlive)
        let incarnation = old.incarnation + 1
        processes[rank.index] = SimulatedProcess(rank: rank, incarnation: incarnation)
        let delay = drawn(2_000_000..<20_000_000)
        switch faults.startOf(rank) {
        case .usual(let added):
            schedule(.joined(rank, incarnation: incarnation), after: delay + added)
        case .never: break
        case .crash: schedule(.exitHeard(rank, incarnation: incarnation), after: delay)
        }
    }

    mutating func joined(_ rank: Rank, _ incarnation: Int) {
        guard processes[rank.index].incarnation == incarnation, !isLeaving else { return }
        guard stoppedAt == nil else {
            // It knocks until somebody opens.
            return schedule(.joined(rank, incarnation: incarnation), after: 10_000_000)
        }
        processes[rank.index].isAlive = true
        act(coordinator.joined(rank, at: now))
    }

    /// Ends a process for good; its rank may get another.
    private mutating func bury(_ rank: Rank) {
        die(rank)
        processes[rank.index].incarnation += 1
    }

    /// A process is gone; its peers and the coordinator will notice.
    mutating func die(_ rank: Rank) {
        guard processes[rank.index].isAlive else { return }
        processes[rank.index].isAlive = false
        for (peer, connection) in processes[rank.index].links.sorted(by: { $0.key < $1.key }) {
            end(connection, from: rank, to: peer)
        }
        processes[rank.index].links = [:]
        processes[rank.index].sockets = []
        let incarnation = processes[rank.index].incarnation
        schedule(.exitHeard(rank, incarnation: incarnation), after: drawn(50_000..<2_000_000))
    }
}
