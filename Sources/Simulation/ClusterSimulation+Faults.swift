// Faults of a simulated cluster: when they strike, what they do, and when they heal.

import ClusterModel
import Faults
import Membership

extension ClusterSimulation {
    // MARK: Moments

    /// The run has come to a moment; `rank` is who came to it, where it is a rank's.
    mutating func reach(_ moment: FaultMoment, at rank: Rank? = nil) {
        // Without a coordinator nobody strikes; what was due is so again when its step is.
        guard !isCoordinatorDead else { return }
        for index in faults.ending(moment) { heal(index) }
        for index in faults.due(moment) {
            // A phase is a rank's own, where the fault is.
            if let rank, case .npu(let target) = faults.events[index].target, target != rank {
                continue
            }
            if faults.events[index].strikesProcesses, moment != .launch {
                // Who is in the middle of something ends it.
                schedule(.strike(index), after: 0)
            } else {
                apply(index)
            }
        }
        if case .step(0, nil) = moment { scheduleTimes() }
    }

    mutating func reachMessage(from rank: Rank, to peer: Rank) {
        reach(.message(faults.count(rank, peer), from: rank, to: peer))
    }

    private mutating func scheduleTimes() {
        for index in faults.waiting.sorted() {
            guard case .time(let time) = faults.events[index].moment else { continue }
            schedule(.strike(index), after: time.picoseconds / 1000)
        }
    }

    mutating func strike(_ index: Int) {
        guard !isCoordinatorDead else {
            if case .time = faults.events[index].moment {
                schedule(.strike(index), after: Self.lookEvery)
            }
            return
        }
        if faults.waiting.contains(index) { apply(index) }
    }

    private mutating func apply(_ index: Int) {
        let event = faults.events[index]
        // Who leaves begins no step with which it could be killed.
        if event.kind == .coordinator(.kill), isLeaving { return }
        faults.waiting.remove(index)
        rules.struck(event.id)
        // Of these it shows later whether they change anything.
        if event.kind.isSeenAtOnce { faults.applied.insert(index) }
        faults.lastChangeAt = now
        rules.wasHurt(event.hurt(ground))
        if event.kind.traits.lasts || event.kind.traits.onlyAtLaunch {
            faults.active.insert(index)
        }
        switch event.span {
        case .forever: break
        case .steps, .until: schedule(.heal(index), after: Self.healMax)
        case .time(let time): schedule(.heal(index), after: time.picoseconds / 1000)
        }
        hurt(event, index)
    }

    mutating func heal(_ index: Int) {
        guard faults.active.remove(index) != nil else { return }
        faults.lastChangeAt = now
        let event = faults.events[index]
        switch event.kind {
        case .process(.pause):
            if case .npu(let rank) = event.target { goOn(rank) }
        case .coordinator(.pause): coordinatorGoesOn()
        case .resource(.descriptors):
            if case .npu(let rank) = event.target { processes[rank.index].socketsMax = nil }
        case .connection(.halfOpen):
            let ways = swallowed.removeValue(forKey: event.id) ?? []
            for way in ways.sorted() { reset(way) }
        default: release()
        }
    }

    // MARK: What they do at once

    private mutating func hurt(_ event: FaultEvent, _ index: Int) {
        switch event.kind {
        case .process(let fault): hurtProcess(fault, event.target)
        case .node(.kill):
            if case .node(let node) = event.target {
                for rank in ground.ranks(of: node) { die(rank) }
            }
        case .connection(let fault): hurtConnections(fault, event)
        case .coordinator(.pause): if stoppedAt == nil { stoppedAt = now }
        case .coordinator(.controlLost):
            if case .npu(let rank) = event.target { loseControl(rank) }
        case .coordinator(.kill): killCoordinator()
        case .resource(.descriptors(let left)):
            if case .npu(let rank) = event.target, holdDescriptors(of: rank, left: left) {
                faults.applied.insert(index)
            }
        case .node(.uplinkDown), .compute, .link, .partition, .expert, .resource: break
        }
    }

    private mutating func hurtProcess(_ fault: ProcessFault, _ target: FaultTarget) {
        guard case .npu(let rank) = target else { return }
        switch fault {
        case .kill, .exit: die(rank)
        case .pause: processes[rank.index].isPaused = processes[rank.index].isAlive
        case .crashLoop(let times): faults.crashesLeft[rank, default: 0] += times
        case .slowStart, .neverStarts: break
        }
    }

    /// A worker that is not there has nothing to be held, and the next one is another process.
    ///
    /// - Returns: whether there was one.
    private mutating func holdDescriptors(of rank: Rank, left: Int) -> Bool {
        guard processes[rank.index].isAlive else { return false }
        processes[rank.index].socketsMax = processes[rank.index].sockets.count + left
        return true
    }

    private mutating func hurtConnections(_ fault: ConnectionFault, _ event: FaultEvent) {
        for rank in processes.indices.map(Rank.init) {
            for (peer, connection) in processes[rank.index].links.sorted(by: { $0.key < $1.key })
            where event.isAt(rank, peer) {
                if fault == .halfOpen {
                    guard event.isOn(rank, peer, ground) else { continue }
                    swallowed[event.id, default: []].insert(
                        ConnectionWay(connection: connection, from: rank, to: peer)
                    )
                } else {
                    // Both ends hear of it by themselves.
                    end(connection, from: peer, to: rank)
                }
            }
        }
    }

    /// Who was gone is back, and knows nothing of this connection: both ends hear of it, unless
    /// they have given it up long ago.
    private mutating func reset(_ way: ConnectionWay) {
        end(way.connection, from: way.from, to: way.to)
        end(way.connection, from: way.to, to: way.from)
    }

    /// The worker follows its connection; the coordinator hears that it ended.
    private mutating func loseControl(_ rank: Rank) {
        guard processes[rank.index].isAlive else { return }
        let incarnation = processes[rank.index].incarnation
        schedule(.controlEndHeard(rank, incarnation: incarnation), at: arrival(rank, nil))
        die(rank)
    }

    // MARK: Going on

    private mutating func goOn(_ rank: Rank) {
        guard processes[rank.index].isPaused else { return }
        processes[rank.index].isPaused = false
        let backlog = processes[rank.index].backlog
        processes[rank.index].backlog = []
        for happening in backlog { happen(happening) }
    }

    private mutating func coordinatorGoesOn() {
        guard let since = stoppedAt else { return }
        stoppedAt = nil
        coordinator.wasAway(for: now - since)
        let backlog = coordinatorBacklog
        coordinatorBacklog = []
        for happening in backlog { happen(happening) }
    }
}
