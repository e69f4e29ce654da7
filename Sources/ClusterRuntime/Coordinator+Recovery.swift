// What follows a failure: the coordinator carries out what RecoveryMachine decides, and is back when
// the mesh stands again.

import ClusterModel
import EventLoop
import Exchange
import Glibc
import Membership
import Wire

/// A process that belongs to no rank any more.
struct Grave {
    let process: ChildProcess
    let refusals: [String]
}

extension Coordinator {
    /// The process that is a rank at the moment, `nil` if there is none.
    public func processIdentifier(of rank: Rank) -> Int32? {
        let worker = workers[rank.index]
        return worker.isRunning ? worker.process?.processIdentifier : nil
    }

    /// Makes the cluster whole again; `step` is the caller's number of the one under way, and the router
    /// whose it is.
    ///
    /// - Throws: the failure for which nothing may be done, which may be a later one.
    func recover(from first: RunFailure, in step: (stamp: Int, router: Int)? = nil) throws {
        var failure = first
        while true {
            let detectedAt = failedAt
            onFailure?(failure, detectedAt)
            let phase = machine.phaseName
            let decision = recovery.decide(
                failure,
                excluded: excluded,
                unjoined: machine.unjoined,
                rejoining: rejoining
            )
            if failure != .interrupted {
                note(failure, decision, step, detectedAt: detectedAt, during: phase)
            }
            guard decision.measure != .abort else { throw failure }
            if decision.measure == .exclude {
                stayAway(decision.lost)
                if failure != .interrupted {
                    incidents[incidents.count - 1].leftOut = decision.lost
                }
            }
            do {
                try carryOut(decision)
                incidents[incidents.count - 1].rejoinedAt = newcomersAt
                incidents[incidents.count - 1].recoveredAt = Loop.hostNanoseconds
                return
            } catch let next as RunFailure {
                failure = next
            }
        }
    }

    private func note(
        _ failure: RunFailure,
        _ decision: RecoveryDecision,
        _ step: (stamp: Int, router: Int)?,
        detectedAt: Int64,
        during phase: String
    ) {
        var incident = Incident(
            failure: failure,
            measure: decision.measure,
            step: step?.stamp,
            phase: phase,
            detectedAt: detectedAt,
            decidedAt: Loop.hostNanoseconds
        )
        incident.charge = decision.charge
        incident.router = step?.router
        if case .workerEnded(let rank, _, _) = failure {
            let worker = workers[rank.index]
            incident.process = worker.process?.processIdentifier
            incident.signal = worker.end?.signal
        }
        incidents.append(incident)
    }

    func carryOut(_ decision: RecoveryDecision) throws {
        let isOfLinks = failure?.isOfLinks ?? false
        (failure, failureDeadline) = (nil, nil)
        if isOfLinks { try hear(decision) }
        newcomersAt = nil
        lastSerial += 1
        // Its listener and its connections go with it.
        for rank in decision.lost { bury(workers[rank.index]) }
        let isExclusion = decision.measure == .exclude
        if isExclusion {
            excluded.formUnion(decision.lost)
        } else {
            excluded.subtract(decision.lost)
        }
        let action = machine.abandon(
            serial: lastSerial,
            lost: isExclusion ? [] : decision.lost,
            excluded: excluded,
            at: Loop.hostNanoseconds
        )
        for worker in survivors { sendAbandon(to: worker, decision) }
        if !isExclusion {
            for rank in decision.lost { try start(workers[rank.index]) }
        }
        perform(action)
        try throwIfAnotherEnded()
        try wait()
    }

    /// How long who is given up may take to tell what it saw.
    private static let farewellMax: Int64 = 100_000_000

    /// Who is given up while it lives tells what it saw of the step: evidence would die with it.
    ///
    /// - Throws: that somebody asked for the end meanwhile. What else is told is of what is given up
    ///   anyway, but for processes that end, which is asked about later.
    private func hear(_ decision: RecoveryDecision) throws(RunFailure) {
        guard options.isHurt else { return }
        let alive = workers.filter {
            decision.lost.contains($0.rank) && $0.isRunning && $0.control != nil
        }
        guard !alive.isEmpty else { return }
        let now = Loop.hostNanoseconds
        farewell = (Set(alive.map(\.rank)), now + Self.farewellMax)
        for worker in alive {
            worker.send(.abandon(Abandon(serial: lastSerial + 1, dropped: [], excluded: [])))
        }
        while let farewell, Loop.hostNanoseconds < farewell.deadline, failure != .interrupted {
            loop.run()
        }
        farewell = nil
        if failure == .interrupted { throw .interrupted }
        (failure, failureDeadline) = (nil, nil)
    }

    /// A rank has given its step up, and told what it saw before.
    func tookLeave(_ rank: Rank) {
        guard farewell?.ranks.remove(rank) != nil, farewell?.ranks.isEmpty ?? true else { return }
        farewell = nil
        loop.stop()
    }

    /// Of several that ended at once only the first has become the failure.
    private func throwIfAnotherEnded() throws(RunFailure) {
        for worker in workers where machine.members.contains(worker.rank) {
            guard let end = worker.end else { continue }
            throw .workerEnded(worker.rank, how: end.description, phase: machine.phaseName)
        }
    }

    /// Who is there and has to forget what is given up.
    private var survivors: [WorkerHandle] {
        workers.filter { machine.members.contains($0.rank) && !machine.unjoined.contains($0.rank) }
    }

    private func sendAbandon(to worker: WorkerHandle, _ decision: RecoveryDecision) {
        let broken = decision.brokenPeers(of: worker.rank)
        worker.send(
            .abandon(
                Abandon(
                    serial: lastSerial,
                    dropped: machine.unjoined.union(broken).sorted(),
                    excluded: excluded.sorted()
                )
            )
        )
    }

    /// Ends a process for good; its rank may get another.
    private func bury(_ worker: WorkerHandle) {
        worker.hangUp()
        // What it does from now on is of no interest.
        worker.incarnation += 1
        if let process = worker.process {
            process.kill(SIGKILL)
            graves.append(Grave(process: process, refusals: worker.refusals))
        }
        worker.process = nil
        worker.end = nil
        worker.meshPort = 0
        worker.hasPlan = false
        worker.refusals = []
    }

    /// Everybody is there and nobody plays: those that came anew get the plan, all others make the
    /// connections they miss.
    func mend() {
        if machine.members.contains(where: { !workers[$0.index].hasPlan }) {
            newcomersAt = Loop.hostNanoseconds
        }
        let ports = workers.map(\.meshPort)
        let members = workers.filter { machine.members.contains($0.rank) }
        let newcomers = members.filter { !$0.hasPlan }
        for worker in members where worker.hasPlan { worker.send(.mend(peerPorts: ports)) }
        sendPlan(to: newcomers)
    }

    /// A connection of the mesh ended.
    func heardLinkDown(_ down: LinkDown, from rank: Rank) {
        guard workers.indices.contains(down.peer), down.peer != rank.index else {
            fail(.protocolViolation(rank, "a LinkDown about rank \(down.peer)"))
            return
        }
        let peer = Rank(down.peer)
        perform(machine.linkDown(rank, peer: peer, isCorrupt: down.isCorrupt, down.reason))
    }

    /// A step has ended well, at the first attempt or a later one.
    func stepEnded(_ stamp: Int, router: Int, firstAt: Int64, lastAt: Int64) {
        let now = Loop.hostNanoseconds
        if paces.count >= options.pacesMax { paces.removeFirst() }
        paces.append(
            StepPace(
                stamp: stamp,
                router: router,
                firstAt: firstAt,
                lastAt: lastAt,
                endedAt: now
            )
        )
        guard incidents.last?.redoneAt == nil else { return }
        for index in incidents.indices where incidents[index].redoneAt == nil {
            incidents[index].redoneAt = now
        }
    }
}
