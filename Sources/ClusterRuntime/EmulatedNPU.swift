// One rank that has a plan and a mesh: prepares steps, plays them, proves them.

import ClusterModel
import EventLoop
import Exchange
import Links
import Statistics
import Wire

/// The emulated NPU of a worker.
final class EmulatedNPU {
    private let rank: Rank
    private let plan: WorkerPlan
    private let ports: PortMap
    /// `nil` where only bare exchanges are run.
    private let routing: TokenRouting?
    private let school: School
    private let timer: DeadlineTimer
    private let tell: (ControlMessage) -> Void
    /// Refusals at this worker's door, told with each step if there are new ones.
    private let refusals: () -> RefusalLog
    private var links: [MeshLink?]
    private let buffers = ExchangeBuffers()
    /// Ports shared with other ranks, `nil` where there are none.
    private let sharedPorts: SharedPorts?
    private var preparing: Preparation?
    /// A step whose counts are in, and whose program is not yet.
    private var prepared: (serial: Int, work: any StepWork)?
    private var player: StepPlayer?
    /// Announcements of peers that were told to prepare before this worker was.
    private var earlyCounts: [(serial: Int, peer: Rank, bytes: [UInt8])] = []
    private var deadline: Int64?
    private var lastQuiet: QuietState?
    private var finishedSerial: Int?
    private var reportedRefusals = 0
    private var isClosed = false

    /// Over this stretch of host time no link may let in more than its rate allows.
    private static let watchNanoseconds: Int64 = 10_000_000

    /// A step whose announcements are coming in.
    private struct Preparation {
        let serial: Int
        let work: any StepWork
        var unannounced: Set<Rank>
    }

    /// Opens the plan's tokens; `tell` speaks to the coordinator.
    ///
    /// `sharedMemory` is a descriptor of the memory of shared ports, `nil` if none was handed down.
    init(
        rank: Rank,
        plan: WorkerPlan,
        sharedMemory: Int32?,
        timer: DeadlineTimer,
        refusals: @escaping () -> RefusalLog,
        tell: @escaping (ControlMessage) -> Void
    ) throws {
        let layout = RankLayout(plan.plan)
        self.rank = rank
        self.plan = plan
        self.timer = timer
        self.refusals = refusals
        self.tell = tell
        ports =
            plan.unshaped
            ? .unshaped(layout: layout) : PortMap(layout: layout, links: plan.plan.links)
        sharedPorts = try Self.open(sharedMemory, ports)
        school = School(rank: rank, plan: plan)
        routing = try plan.plan.routing.routers.isEmpty ? nil : TokenRouting(plan.plan)
        links = Array(repeating: nil, count: plan.plan.world)
    }

    private static func open(_ descriptor: Int32?, _ ports: PortMap) throws -> SharedPorts? {
        guard let shape = SharedPorts.shape(of: ports) else { return nil }
        guard let descriptor else {
            throw StepProblem(description: "a plan with shared ports, but no memory for them")
        }
        let memory = try SharedMemory(descriptor: descriptor, byteCount: shape.byteCount)
        return SharedPorts(memory: memory, ports: ports, shape: shape)
    }

    private func report(_ reason: String) { tell(.failure(reason: reason)) }

    // MARK: The mesh

    /// Whether a connection to this peer is still missing.
    func lacks(_ peer: Rank) -> Bool {
        links.indices.contains(peer.index) && peer != rank && links[peer.index] == nil
    }

    var isMeshed: Bool { links.count { $0 != nil } == links.count - 1 }

    /// Takes a connection of the mesh.
    func add(_ link: MeshLink) {
        link.owner = self
        links[link.peer.index] = link
        announceIfMeshed()
    }

    /// Tells the coordinator once every peer is connected.
    func announceIfMeshed() {
        if isMeshed { tell(.meshReady(connections: links.count - 1)) }
    }

    /// Closes the mesh; nothing is reported any more.
    func close() {
        isClosed = true
        // A step that is under way sends no more.
        player = nil
        timer.arm(at: nil)
        for link in links { link?.close() }
        links = links.map { _ in nil }
    }

    /// Names what is missing if the step is not over at its deadline.
    func checkDeadline() {
        guard let deadline, let player, Loop.hostNanoseconds >= deadline else { return }
        self.deadline = nil
        report("exchange \(player.serial) is not over at its deadline: \(player.missing)")
    }

    // MARK: Preparing

    /// Routes, packs and announces counts; answers once all peers have announced theirs.
    func prepare(_ prepare: Prepare) {
        guard isMeshed else {
            report("told to prepare without a mesh")
            return
        }
        player = nil
        prepared = nil
        lastQuiet = nil
        let work: any StepWork
        do {
            work = try makeWork(prepare)
        } catch {
            report("\(error)")
            return
        }
        var peers = Set(links.indices.map(Rank.init))
        peers.remove(rank)
        preparing = Preparation(serial: prepare.serial, work: work, unannounced: peers)
        announceCounts(of: work, serial: prepare.serial)
        let early = earlyCounts
        earlyCounts = []
        for (serial, peer, bytes) in early where serial == prepare.serial {
            bytes.withUnsafeBytes { announced($0, serial: serial, by: peer) }
        }
        becomeReadyIfAnnounced()
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
        case .routed:
            guard let routing, plan.plan.routing.routers.indices.contains(prepare.router) else {
                throw StepProblem(description: "told to use router \(prepare.router)")
            }
            return RoutedStep(
                rank: rank,
                prepare: prepare,
                plan: plan.plan,
                routing: routing,
                buffers: buffers
            )
        case .forward, .backward:
            return try RowsStep(
                prepare: prepare,
                plan: plan.plan,
                trainer: try school.trainer(prepare.router),
                buffers: buffers
            )
        case .sumDense, .sumExperts:
            return try SumStep(
                prepare: prepare,
                plan: plan.plan,
                trainer: try school.trainer(prepare.router),
                buffers: buffers
            )
        case .admission:
            throw StepProblem(description: "told to pool slots, which it cannot yet")
        }
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

    private func announced(_ counts: UnsafeRawBufferPointer, serial: Int, by peer: Rank) {
        guard preparing?.serial == serial, preparing?.unannounced.remove(peer) != nil else {
            earlyCounts.append((serial, peer, Array(counts)))
            return
        }
        do throws(StepProblem) {
            try preparing?.work.announce(counts, from: peer)
        } catch {
            report(error.description)
        }
        becomeReadyIfAnnounced()
    }

    private func becomeReadyIfAnnounced() {
        guard let preparation = preparing, preparation.unannounced.isEmpty else { return }
        preparing = nil
        preparation.work.ready()
        prepared = (preparation.serial, preparation.work)
        tell(.prepared(Prepared(serial: preparation.serial, input: preparation.work.input)))
    }

    /// Takes the program of the step it has prepared, if it is about the bytes that were counted.
    func load(serial: Int, _ program: RankProgram) {
        guard let prepared, prepared.serial == serial else {
            report("a program for step \(serial), which it has not prepared")
            return
        }
        self.prepared = nil
        let bytes = prepared.work.messageBytes
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
        player = makePlayer(serial, prepared.work, program)
        tell(.ready(serial: serial))
    }

    private func makePlayer(
        _ serial: Int,
        _ work: any StepWork,
        _ program: RankProgram
    ) -> StepPlayer {
        let pacing = RankPacing(
            chunk: plan.plan.exchange.chunk,
            window: plan.emulated(plan.windowNanoseconds),
            catchUp: plan.emulated(plan.catchUpNanoseconds),
            watch: plan.unshaped ? nil : plan.emulated(Self.watchNanoseconds)
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
            send: { [unowned self] in self.send($0, $1) }
        )
    }

    // MARK: Running

    /// The step it has prepared is appointed.
    func begin(_ start: Start) {
        guard let player, player.serial == start.serial else {
            report("appointed to a step it has not prepared")
            return
        }
        deadline = start.deadline
        player.begin(atHost: start.at, dilation: plan.dilation)
        afterPump()
    }

    /// Does what is due.
    func pump() {
        player?.pump()
        afterPump()
    }

    private func send(_ chunk: DepartingChunk, _ stream: OutgoingStream) {
        guard let player, let link = links[stream.peer.index] else { return }
        let bytes = player.places.outgoing(
            chunk.stage,
            stream,
            offset: chunk.offset,
            length: chunk.length
        )
        let header = FrameHeader(
            kind: .chunk,
            serial: player.serial,
            stage: chunk.stage,
            source: rank.index,
            destination: stream.peer.index,
            stream: stream.slot,
            sequence: chunk.sequence,
            offset: chunk.offset,
            length: chunk.length,
            depart: chunk.depart
        )
        link.send(header, bytes, owner: buffers)
    }

    /// Tells the coordinator what it needs to know after anything has happened.
    private func afterPump() {
        guard let player else { return }
        if player.hasOverflowed {
            report("no room at a shared port: more than \(SharedPorts.slots) chunks at once")
            return
        }
        if player.machine.isFinished, finishedSerial != player.serial {
            finishedSerial = player.serial
            deadline = nil
            tell(.finished(serial: player.serial))
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

    /// Says whether it is still quiet.
    func confirm(serial: Int, round: Int) {
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

    /// Compares every byte, now that the clock has stopped everywhere.
    func check(serial: Int) {
        guard let player, player.serial == serial, player.machine.isFinished else {
            report("told to check a step it has not finished")
            return
        }
        let (verification, digest) = player.work.verify()
        player.work.settle()
        let refusals = self.refusals()
        let isNews = refusals.total != reportedRefusals
        reportedRefusals = refusals.total
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

extension EmulatedNPU: MeshLinkOwner {
    func place(for header: FrameHeader, on link: MeshLink) throws(StepProblem)
        -> UnsafeMutableRawBufferPointer
    {
        guard header.destination == rank.index else {
            throw StepProblem(description: "a frame for rank \(header.destination)")
        }
        switch header.kind {
        case .counts:
            guard let place = link.placeForCounts(header.length) else {
                throw StepProblem(description: "\(header.length) bytes of counts")
            }
            return place
        case .chunk:
            guard let player, header.serial == player.serial else {
                throw StepProblem(
                    description: "a chunk of exchange \(header.serial), which is not running"
                )
            }
            do throws(ChunkViolation) {
                try player.check(header.chunk)
            } catch {
                throw StepProblem(description: error.description)
            }
            return player.places.incoming(
                header.stage,
                header.stream,
                offset: header.offset,
                length: header.length
            )
        }
    }

    func arrived(_ header: FrameHeader, in place: UnsafeRawBufferPointer, on link: MeshLink) {
        switch header.kind {
        case .counts:
            announced(place, serial: header.serial, by: link.peer)
        case .chunk:
            player?.received(header.chunk)
            pump()
        }
    }

    func failed(_ reason: String, on link: MeshLink) {
        guard !isClosed else { return }
        report("its connection to worker \(link.peer): \(reason)")
    }
}

extension FrameHeader {
    fileprivate var chunk: ChunkHeader {
        ChunkHeader(
            stage: stage,
            source: Rank(source),
            stream: stream,
            sequence: sequence,
            offset: offset,
            length: length,
            depart: depart
        )
    }
}

extension WorkerPlan {
    /// The emulated length of a host duration.
    fileprivate func emulated(_ nanoseconds: Int64) -> Interval {
        Interval(picoseconds: Int64(Double(nanoseconds) * 1000 / dilation))
    }
}
