// What workers say, and what follows from it.

import ClusterModel
import EventLoop
import Exchange
import Links
import Membership
import Statistics
import Wire

extension Coordinator {
    func heard(_ message: ControlMessage, from worker: WorkerHandle) {
        let now = Loop.hostNanoseconds
        let rank = worker.rank
        machine.heard(from: rank, at: now)
        switch message {
        case .meshReady:
            perform(machine.meshReady(rank, at: now))
        case .prepared(let prepared):
            guard prepared.fits(ports.layout) else {
                fail(.protocolViolation(rank, "a Prepared of the wrong shape"))
                return
            }
            if step?.serial == prepared.serial { step?.take(prepared.input, of: rank) }
            perform(machine.prepared(rank, serial: prepared.serial, at: now))
        case .ready(let serial):
            perform(machine.ready(rank, serial: serial, at: now))
        case .quiet(let quiet):
            heardQuiet(quiet, from: rank)
        case .confirmed(let confirmed):
            heardConfirmed(confirmed, from: rank)
        case .finished(let serial):
            let action = machine.finished(rank, serial: serial, at: now)
            perform(action)
            if options.unshaped, case .wait = action { nap(at: now) }
        case .stepDone(let done):
            guard step?.serial == done.serial || done.serial > machine.abandonedUpTo else { return }
            guard done.stageEnds.count == step?.compiled?.programs.first?.stages.count else {
                fail(.protocolViolation(rank, "a StepDone of \(done.stageEnds.count) stages"))
                return
            }
            if !done.refusals.isEmpty { worker.refusals = done.refusals }
            step?.done[rank.index] = done
            perform(machine.stepDone(rank, serial: done.serial, at: now))
        case .failure(let reason):
            perform(machine.reported(rank, reason))
        case .linkDown(let down):
            heardLinkDown(down, from: rank)
        case .ways(let serial, let ways):
            // What comes later is about a step that nobody asks of any more.
            if serial == playedSerial {
                resends.add(ways)
                onWays?(rank, ways)
            }
        case .reached(let point):
            onReached?(point)
        case .abandoned(let serial):
            perform(machine.abandoned(rank, serial: serial, at: now))
            tookLeave(rank)
        case .pong(let pong):
            let waiting = Waiting(
                stage: pong.stage,
                peers: pong.waitsFor,
                bytes: pong.missingBytes
            )
            perform(machine.heard(from: rank, waiting: waiting, ping: pong.count, at: now))
            answered(pong.count, by: rank, at: now)
        case .struck(let struck):
            noteStruck(struck, of: rank)
        case .bye(let bye):
            worker.refusals = bye.refusals
            worker.openHandles = bye.openHandles
            // The worker waits for this, so that its last word is not lost.
            worker.hangUp()
        case .challenge, .hello, .welcome, .plan, .prepare, .program, .start, .confirm, .jump,
            .check, .abandon, .mend, .hurt, .strike, .ping, .stop:
            fail(.protocolViolation(rank, "a message that only the coordinator sends"))
        }
    }

    /// On the bare engine others still exchange when the first has finished: who wakes to hear of each
    /// takes a core from them.
    private func nap(at now: Int64) {
        guard now - nappedUntil >= Self.napNanoseconds / 4 else { return }
        nappedUntil = now + Self.napNanoseconds
        ThisProcess.sleep(until: nappedUntil)
    }

    /// How long at a time.
    private static let napNanoseconds: Int64 = 1_000_000

    private func heardQuiet(_ quiet: Quiet, from rank: Rank) {
        guard let step, step.serial == quiet.serial, let now = step.now,
            machine.isPlaying(serial: step.serial)
        else { return }
        // It was quiet before, and says so only when that is news.
        machine.moved(serial: quiet.serial)
        let report = FastForward.Report(
            wake: quiet.wake,
            sent: quiet.sent,
            received: quiet.received
        )
        perform(step.fastForward?.quiet(rank, report, at: now) ?? .wait)
    }

    private func heardConfirmed(_ confirmed: Confirmed, from rank: Rank) {
        guard let step, step.serial == confirmed.serial, let now = step.now else { return }
        if !confirmed.quiet { machine.moved(serial: confirmed.serial) }
        let action = step.fastForward?.confirmed(
            rank,
            round: confirmed.round,
            quiet: confirmed.quiet,
            sent: confirmed.sent,
            received: confirmed.received,
            at: now
        )
        perform(action ?? .wait)
    }

    /// Time has passed: perhaps nobody moves any more.
    func lookForIdleness() {
        guard let step, machine.isPlaying(serial: step.serial), let now = step.now else { return }
        perform(step.fastForward?.idle(at: now) ?? .wait)
    }

    private func perform(_ action: FastForwardAction) {
        guard let step else { return }
        switch action {
        case .wait:
            break
        case .confirm(let round):
            for worker in workers { worker.send(.confirm(serial: step.serial, round: round)) }
        case .stalled(let lost):
            perform(
                machine.standsStill(
                    serial: step.serial,
                    ping: pings + 1,
                    mayAsk: lost == 0,
                    at: Loop.hostNanoseconds
                )
            )
        case .jump(let wake):
            guard let clock = step.clock, let now = step.now else { return }
            let target = wake - step.emulated(pacing.margin)
            let skipped = clock.skipped + (target - now)
            step.clock?.jump(toSkipped: skipped)
            for worker in workers {
                worker.send(.jump(serial: step.serial, skipped: skipped))
            }
        }
    }

    func perform(_ action: CoordinatorAction) {
        switch action {
        case .wait: break
        case .sendPlan: sendPlan(to: workers)
        case .mend: mend()
        case .meshReady, .allGone: finish()
        case .compile(let serial): sendPrograms(serial: serial)
        case .appoint(let serial): appoint(serial: serial)
        case .check(let serial):
            if let cpu = step?.cpu { step?.cpuBusy = CPUTimes.now.busyShare(since: cpu) }
            step?.workerCPU += ProcessorTime.nanoseconds(of: workers)
            for worker in workers { worker.send(.check(serial: serial)) }
        case .stepDone: finish()
        case .ask(let number): ping(number)
        case .askForMissing(let stage):
            guard let step, case .confirm(let round)? = step.fastForward?.ask() else { return }
            for worker in workers {
                worker.send(.confirm(serial: step.serial, round: round, asksUpTo: stage))
            }
        case .fail(let failure): fail(failure)
        }
    }
}
