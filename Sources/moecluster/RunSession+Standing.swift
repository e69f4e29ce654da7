// A run that stays: steps as StandingMachine paces them, and answers to who asks.

import ClusterModel
import ClusterRuntime
import Configuration
import Evaluation
import Exchange
import Faults
import Glibc
import Membership
import Report
import ResultFiles
import Standing

extension RunSession {
    /// Has requests answered from before the launch to the end.
    func openDoor(
        of coordinator: Coordinator,
        _ standing: StandingRun,
        _ folder: RunFolder
    ) throws {
        let path = try StandingPlace(folder: folder.path).make()
        try coordinator.openDoor(at: path) { [unowned self, unowned coordinator] line in
            JSONText.encodeLine(answer(line, coordinator, standing, folder))
        }
        coordinator.onInterrupt = { [unowned self, unowned coordinator] in
            console.info("a signal asks for the end")
            return follow(standing.machine.signalled(), coordinator)
        }
    }

    /// Plays steps until the cluster is to end; a step that is given up because of that is no
    /// failure.
    func stand(
        _ standing: StandingRun,
        _ coordinator: Coordinator,
        _ folder: inout RunFolder,
        step play: (Int, inout RunFolder) throws -> Void
    ) throws {
        standing.machine.launched(at: Coordinator.now)
        while true {
            switch standing.machine.action(at: Coordinator.now) {
            case .begin(let step):
                do {
                    try play(step, &folder)
                } catch let failure as RunFailure
                    where failure == .interrupted && standing.machine.end != nil
                {
                    console.info("step \(step) was given up")
                    return
                }
                standing.machine.stepEnded(at: Coordinator.now)
                takeStock(coordinator)
                if step == 0 {
                    standing.stands(
                        status(coordinator, standing, folder),
                        log: folder.logPath + "/coordinator.log",
                        console
                    )
                }
                try writeNowAndThen(folder, every: StandingRun.writeEvery)
            case .rest(let until):
                try coordinator.rest(until: until)
            case .end(let reason):
                console.info("after \(standing.machine.done) steps ended by \(reason.rawValue)")
                return
            }
        }
    }

    // MARK: Answers

    private func answer(
        _ line: [UInt8],
        _ coordinator: Coordinator,
        _ standing: StandingRun,
        _ folder: RunFolder
    ) -> StandingReply {
        do throws(StandingRefusal) {
            let request = try StandingRequest(line: line)
            let answer = standing.machine.heard(request)
            switch answer {
            case .tell: return StandingReply(status: status(coordinator, standing, folder))
            case .refuse(let refusal):
                return StandingReply(refusal: refusal.description, isEnding: true)
            case .fault(let text, let next): return try takeUp(text, next, folder)
            case .heal(let id, let next):
                try player.heal(id, with: next)
                heal(id, with: next, folder)
                console.info("fault \(id) ends with step \(next)")
                return StandingReply(faults: [id])
            case .leave, .abort:
                console.info("asked to end\(answer == .abort ? " now" : "")")
                _ = follow(answer, coordinator)
                return StandingReply()
            }
        } catch {
            return StandingReply(refusal: error.description)
        }
    }

    /// Ends a rest, or the step under way; whether the latter.
    private func follow(_ answer: StandingAnswer, _ coordinator: Coordinator) -> Bool {
        guard answer == .abort else {
            coordinator.wake()
            return false
        }
        coordinator.interrupt()
        return true
    }

    private func takeUp(
        _ text: String,
        _ next: Int,
        _ folder: RunFolder
    ) throws(StandingRefusal) -> StandingReply {
        let spec = try HandFault(configuration, next: next).spec(of: text)
        if let at = spec.trigger.at, player.isPast(at) {
            throw StandingRefusal("faults.at: \"\(at)\" is over, expected what is to come")
        }
        var faults = configuration.faults
        faults.specs.append(spec)
        let events = faults.events(
            of: faults.specs.count - 1,
            first: player.strikes,
            from: next,
            on: FaultGround(plan)
        )
        guard player.strikes + events.count <= FaultPlayer.strikesMax else {
            throw StandingRefusal(
                "faults: \(events.count) strikes beside \(player.strikes), expected at most "
                    + "\(FaultPlayer.strikesMax) in all: give it an end, or a longer \"every\""
            )
        }
        configuration.faults = faults
        player.add(events, plan: plan)
        console.info("fault \(events.map { "\($0.id)" }.joined(separator: ", ")): \(spec.inline)")
        writePlan(folder)
        return StandingReply(faults: events.map(\.id), fault: spec.inline)
    }

    /// The plan says of a fault that struck once when it was healed.
    private func heal(_ id: Int, with step: Int, _ folder: RunFolder) {
        guard let spec = player.onlySpec(of: id) else { return }
        configuration.faults.specs[spec].trigger.span = .until(.step(step, nil))
        writePlan(folder)
    }

    private func writePlan(_ folder: RunFolder) {
        do {
            try player.writing(to: folder.path) {
                try folder.writePlan(PlanFile.render(configuration))
            }
        } catch {
            console.warning("\(error); what was asked for is done all the same")
        }
    }

    // MARK: Status

    func status(
        _ coordinator: Coordinator,
        _ standing: StandingRun,
        _ folder: RunFolder
    ) -> StandingStatus {
        takeStock(coordinator)
        let results = results(name: folder.path, soFar: true)
        let measured = history.steps.filter { !$0.outcome.isWarmup }.map(\.record)
        let offered = Double(measured.reduce(0) { $0 + $1.offered })
        let emulated = measured.reduce(0) { $0 + $1.stepTimeUs } / 1e6
        let wall = measured.reduce(0) { $0 + $1.wallMs } / 1e3
        let (machine, now) = (standing.machine, Coordinator.now)
        let seconds = { (nanoseconds: Int64) in Double(nanoseconds / 1_000_000) / 1e3 }
        return StandingStatus(
            folder: folder.path,
            coordinator: Int(getpid()),
            state: machine.phase.rawValue,
            router: plan.routing.routers[0].rawValue,
            nodes: plan.nodes,
            npusPerNode: plan.npusPerNode,
            dilation: dilation,
            uptimeS: machine.launchedAt.map { seconds(now - $0) } ?? 0,
            endsInS: machine.endsAt.map { seconds(max(0, $0 - now)) } ?? 0,
            steps: machine.done,
            stepsMax: machine.pace.steps,
            nextStep: machine.next,
            samples: measured.count,
            lastStepUs: history.steps.last?.record.stepTimeUs,
            stepP50Us: results.routers.first?.stepTimeUs.p50,
            emulatedTokensPerS: emulated > 0 ? offered / emulated : nil,
            wallTokensPerS: wall > 0 ? offered / wall : nil,
            ranks: coordinator.workerStates.map(RankStatus.init),
            faults: results.faults,
            survival: results.survival,
            fidelity: results.fidelity.verdict,
            advice: results.fidelity.advice
        )
    }
}

extension RankStatus {
    fileprivate init(_ worker: WorkerState) {
        let isUp = worker.process != nil && worker.isConnected
        self.init(
            rank: worker.rank.index,
            process: worker.process.map(Int.init),
            state: worker.isExcluded
                ? "excluded" : isUp ? "up" : worker.process == nil ? "gone" : "joining",
            restarts: max(0, worker.joined - 1)
        )
    }
}
