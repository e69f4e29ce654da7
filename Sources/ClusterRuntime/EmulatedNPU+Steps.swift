// What an NPU does with the bytes of a step: packs, announces, plays, proves.

import ClusterModel
import EventLoop
import Exchange
import Links
import Membership
import Statistics
import Wire

extension RankProgram {
    /// Of a stream that leaves or comes, bytes.
    fileprivate var largestRun: Int {
        let exchanges = stages.compactMap(\.exchange)
        let bytes = exchanges.flatMap { $0.sends.map(\.run.bytes) + $0.receives.map(\.run.bytes) }
        return bytes.max() ?? 0
    }
}

extension EmulatedNPU {
    /// Over this stretch of host time no link may let in more than its rate allows.
    private static let watchNanoseconds: Int64 = 10_000_000
    /// The most payload of a frame on the bare engine: flows do not share links by turns there, and
    /// each frame costs a head and a read of its own.
    private static let bareChunk = ByteCount(FrameHeader.payloadMax)
    /// The longest that the bare engine sleeps beside its loop before an appointment.
    private static let napMax: Int64 = 100_000_000

    // MARK: What the coordinator orders

    /// Routes, packs and announces counts; answers once all peers have announced theirs.
    func prepare(_ prepare: Prepare) {
        order.prepare = prepare
        perform(machine.prepare(serial: prepare.serial))
    }

    /// Takes the program of the step it has prepared, if it is about the bytes that were counted.
    func load(serial: Int, _ program: RankProgram) {
        order.program = program
        perform(machine.program(serial: serial))
    }

    /// The step it has prepared is appointed.
    func begin(_ start: Start) {
        order.start = start
        perform(machine.start(serial: start.serial))
    }

    /// Compares every byte, now that the clock has stopped everywhere.
    func check(serial: Int) { perform(machine.check(serial: serial)) }

    // MARK: Preparing

    func pack() {
        guard let prepare = order.prepare else { return }
        do {
            let work = try makeWork(prepare)
            self.work = work
            announceCounts(of: work, serial: prepare.serial)
        } catch {
            report("\(error)")
        }
    }

    private func makeWork(_ prepare: Prepare) throws -> any StepWork {
        switch prepare.segment {
        case .exchange:
            return BareExchange(
                rank: rank,
                prepare: prepare,
                layout: ports.layout,
                seed: plan.plan.workload.seed,
                buffers: buffers
            )
        case .routed: return try makeRoutedStep(prepare)
        case .forward, .backward:
            return try RowsStep(
                prepare: prepare,
                plan: plan.plan,
                trainer: try school.trainer(prepare.router, excluded: machine.excluded),
                buffers: buffers,
                aside: { [unowned self] in self.compute($0, $1) }
            )
        case .sumDense, .sumExperts:
            return try SumStep(
                prepare: prepare,
                plan: plan.plan,
                trainer: try school.trainer(prepare.router, excluded: machine.excluded),
                buffers: buffers
            )
        case .resonance:
            return try ResonanceStep(
                prepare: prepare,
                plan: plan.plan,
                trainer: try school.trainer(prepare.router, excluded: machine.excluded),
                buffers: buffers
            )
        case .admission:
            return try AdmissionStep(
                prepare: prepare,
                plan: plan.plan,
                trainer: try school.trainer(prepare.router, excluded: machine.excluded),
                buffers: buffers
            )
        }
    }

    /// Lets experts compute beside the loop; once they have, this rank may have fallen quiet.
    private func compute(_ work: SideWork, _ onDone: @escaping () -> Void) {
        let serial = player?.serial
        do {
            try work.start(on: loop) { [weak self] in
                onDone()
                guard let self, player?.serial == serial else { return }
                pump()
            }
        } catch {
            report("\(error)")
        }
    }

    private func makeRoutedStep(_ prepare: Prepare) throws -> RoutedStep {
        guard let routing, plan.plan.routing.routers.indices.contains(prepare.router) else {
            throw StepProblem(description: "told to use router \(prepare.router)")
        }
        if let hurt = prepare.experts.first(where: { $0.expert.index >= plan.plan.model.experts }) {
            throw StepProblem(description: "told to hurt expert \(hurt.expert)")
        }
        return RoutedStep(
            rank: rank,
            prepare: prepare,
            plan: plan.plan,
            excluded: machine.excluded,
            routing: routing,
            buffers: buffers
        )
    }

    private func announceCounts(of work: any StepWork, serial: Int) {
        for case let link? in links {
            let counts = work.counts(for: link.peer)
            let header = FrameHeader(
                kind: .counts,
                serial: serial,
                stage: 0,
                source: rank.index,
                destination: link.peer.index,
                stream: 0,
                sequence: 0,
                offset: 0,
                length: counts.count,
                depart: .zero
            )
            let frame = counts.withUnsafeBytes { header.encoded(for: $0) } + counts
            link.connection.write(frame)
        }
    }

    func take(_ counts: UnsafeRawBufferPointer, from peer: Rank) {
        do throws(StepProblem) {
            try work?.announce(counts, from: peer)
        } catch {
            report(error.description)
        }
    }

    func takeKept(from peer: Rank) {
        guard
            let at = keptCounts.firstIndex(where: {
                $0.serial == order.prepare?.serial && $0.peer == peer
            })
        else { return }
        keptCounts.remove(at: at).bytes.withUnsafeBytes { take($0, from: peer) }
        // What is older belongs to steps that were given up.
        keptCounts.removeAll { $0.serial <= machine.abandonedUpTo }
    }

    func seal(_ serial: Int) {
        guard let work else { return }
        work.ready()
        tell(.prepared(Prepared(serial: serial, input: work.input)))
    }

    func load(_ serial: Int) {
        guard let work, let program = order.program else { return }
        self.work = nil
        do throws(StepProblem) {
            try work.adopt(isShared: program.isShared)
        } catch {
            report(error.description)
            return
        }
        let bytes = work.messageBytes
        do throws(ProgramMisfit) {
            try ProgramCheck(
                rank: rank,
                program: program,
                outgoing: bytes.outgoing,
                incoming: bytes.incoming,
                parts: plan.plan.exchange.pipeline
            ).check()
        } catch {
            report(error.description)
            return
        }
        player = makePlayer(serial, work, program)
        mayTurn =
            bareTurns != nil && program.largestRun + FrameHeader.size < FrameSender.atOnceBytes
        if mayTurn { bareTurns?.expect(program, world: plan.plan.world) }
        player?.onReached = { [unowned self] in tell(.reached($0)) }
        tell(.ready(serial: serial))
    }

    private func makePlayer(
        _ serial: Int,
        _ work: any StepWork,
        _ program: RankProgram
    ) -> StepPlayer {
        let pacing = RankPacing(
            chunk: plan.unshaped ? Self.bareChunk : plan.plan.exchange.chunk,
            window: plan.emulated(plan.windowNanoseconds),
            catchUp: plan.emulated(plan.catchUpNanoseconds),
            watch: plan.unshaped ? nil : plan.emulated(Self.watchNanoseconds),
            resends: plan.resends
        )
        return StepPlayer(
            serial: serial,
            work: work,
            places: StreamPlaces(
                rank: rank,
                program: program,
                work: work,
                relayed: buffers.relayed
            ),
            roles: program.stages.map(\.role),
            machine: RankMachine(rank: rank, program: program, ports: ports, pacing: pacing),
            passages: sharedPorts.map { PassageDesk($0, rank: rank) },
            timer: timer,
            send: { [unowned self] in self.send($0, $1) },
            ask: { [unowned self] in self.ask($0, of: $1) }
        )
    }

    // MARK: Running

    func begin() {
        guard let player, let start = order.start else { return }
        timer.pollNanoseconds = start.polls ? HostPacing.poll : 0
        player.begin(atHost: start.at, dilation: plan.dilation)
        guard mayTurn else {
            afterPump()
            return
        }
        nap(until: start.at)
        pump()
    }

    /// Sleeps where nothing but the clock wakes it: in its loop, frames of those who woke first
    /// would, at the cost of who sends them.
    private func nap(until instant: Int64) {
        ThisProcess.sleep(until: min(instant, Loop.hostNanoseconds + Self.napMax))
    }

    /// Does what is due.
    func pump() {
        turnIfRunning()
        player?.pump()
        afterPump()
    }

    /// Chunks have come: does what is due, on the bare engine at the end of the turn for all of them.
    func pumpSoon() { if bareTurns?.came() != true { pump() } }

    /// From the appointment on, the bare engine does not sleep until small messages are through.
    private func turnIfRunning() {
        guard mayTurn, let bareTurns, !bareTurns.isActive, let player, !player.isFinished,
            let start = order.start, start.serial == player.serial, Loop.hostNanoseconds >= start.at
        else { return }
        bareTurns.start(reading: links.compactMap(\.self))
    }

    private func send(_ chunk: DepartingChunk, _ stream: OutgoingStream) {
        guard let player, let link = links[stream.peer.index] else { return }
        let bytes = player.places.outgoing(
            chunk.stage,
            stream,
            offset: chunk.offset,
            length: chunk.length
        )
        let header = { (serial: Int) in
            var header = FrameHeader(
                kind: .chunk,
                serial: serial,
                stage: chunk.stage,
                source: self.rank.index,
                destination: stream.peer.index,
                stream: stream.slot,
                sequence: chunk.sequence,
                offset: chunk.offset,
                length: chunk.length,
                depart: chunk.departs
            )
            (header.span, header.late) = (chunk.span, chunk.late)
            return header
        }
        let serial = player.serial
        if chunk.isHurt, touchedAt[stream.peer] == nil {
            touchedAt[stream.peer] = Loop.hostNanoseconds
        }
        // What it points into may be the step's own, not only the buffers.
        let owner = player.work
        switch chunk.touch {
        case nil, .overtaken: link.send(header(serial), bytes, owner: owner)
        case .corrupt: link.send(header(serial), bytes, damage: .corrupt, owner: owner)
        case .truncated: link.send(header(serial), bytes, damage: .truncated, owner: owner)
        case .swallowed: break
        case .doubled:
            link.send(header(serial), bytes, owner: owner)
            link.send(header(serial), bytes, owner: owner)
        case .followedByStale(let age):
            link.send(header(serial), bytes, owner: owner)
            link.send(header(max(0, serial - age)), bytes, owner: owner)
        }
    }

    private func ask(_ request: ChunkRequest, of peer: Rank) {
        guard let player, let link = links[peer.index] else { return }
        note(peer) { _ in }
        let header = FrameHeader(
            kind: .request,
            serial: player.serial,
            stage: request.stage,
            source: rank.index,
            destination: peer.index,
            stream: request.stream,
            sequence: request.sequence,
            offset: 0,
            length: 0,
            depart: request.depart
        )
        link.send(header, UnsafeRawBufferPointer(start: nil, count: 0), owner: nil)
    }

    /// Tells the coordinator what it needs to know after anything has happened.
    private func afterPump() {
        guard let player else { return }
        if player.hasOverflowed {
            report("no room at a shared port: more than \(SharedPorts.slots) chunks at once")
            return
        }
        if player.isFinished {
            bareTurns?.stop()
            perform(machine.finished(serial: player.serial))
        }
        // Nothing is modelled on the bare engine: nobody waits for a jump.
        guard !plan.unshaped, let quiet = player.quiet, quiet != lastQuiet else { return }
        lastQuiet = quiet
        tell(
            .quiet(
                Quiet(
                    serial: player.serial,
                    wake: quiet.wake,
                    sent: quiet.sent,
                    received: quiet.received
                )
            )
        )
    }

    /// Says whether it is still quiet; with a `stage` it first asks for chunks that should have come,
    /// of stages up to that one, and is quiet again once that is sent.
    func confirm(serial: Int, round: Int, asksUpTo stage: Int?) {
        if let stage, player?.serial == serial {
            player?.askForMissing(upTo: stage)
            pump()
        }
        let quiet = player?.serial == serial ? player?.quiet : nil
        tell(
            .confirmed(
                Confirmed(
                    serial: serial,
                    round: round,
                    quiet: quiet != nil,
                    sent: quiet?.sent ?? 0,
                    received: quiet?.received ?? 0
                )
            )
        )
    }

    /// All ranks have agreed that the clock runs ahead.
    func jump(serial: Int, _ skipped: Interval) {
        guard let player, player.serial == serial else { return }
        player.jump(toSkipped: skipped)
        afterPump()
    }

    // MARK: Checking

    func verify(_ serial: Int) {
        guard let player else { return }
        let (verification, digest) = player.work.verify()
        player.work.settle()
        let refusals = self.refusals()
        let isNews = refusals.total != reportedRefusals
        reportedRefusals = refusals.total
        tellWays(isWhole: true)
        tell(
            .stepDone(
                StepDone(
                    serial: serial,
                    stageEnds: player.machine.stageEnds,
                    lateness: player.machine.lateness.sparse,
                    latenessMax: Interval(
                        picoseconds: player.machine.lateness.maxPicoseconds
                    ),
                    verifiedTokens: verification.tokens,
                    verifiedBytes: verification.bytes,
                    mismatches: verification.mismatches,
                    firstMismatch: verification.firstMismatch,
                    digest: digest,
                    rateShareMax: player.machine.rateShareMax,
                    learned: player.work.learned,
                    refusals: isNews ? refusals.lines : []
                )
            )
        )
    }
}
