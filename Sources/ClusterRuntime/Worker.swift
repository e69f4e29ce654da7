// One emulated NPU: joins the coordinator, opens the mesh, and plays the steps it is told to.

import ClusterModel
import EventLoop
import Exchange
import Links
import Membership
import Statistics
import Wire

/// The process that is one NPU.
public final class Worker {
    private let rank: Rank
    private let secret: RunSecret
    private let loop: Loop
    private let timer: WorkerTimer
    private var listener: Listener?
    private var doorkeeper: Doorkeeper?
    private var sweeper: RepeatingTimer?
    private var control: ControlChannel?
    private var mesh: MeshBuilder?
    private var links: [MeshLink?] = []
    private var plan: WorkerPlan?
    private var ports: PortMap?
    private var routing: TokenRouting?
    private let buffers = ExchangeBuffers()
    private var preparing: Preparation?
    private var player: StepPlayer?
    /// Announcements of peers that were told to prepare before this worker was.
    private var earlyCounts: [(serial: Int, peer: Rank, bytes: [UInt8])] = []
    private var deadline: Int64?
    private var lastQuiet: QuietState?
    private var finishedSerial: Int?
    private var reportedRefusals = 0
    private var failure: String?
    private var isLeaving = false

    /// A step whose announcements are coming in.
    private struct Preparation {
        let serial: Int
        let work: any StepWork
        var unannounced: Set<Rank>
    }

    public init(rank: Rank, secret: RunSecret) throws {
        self.rank = rank
        self.secret = secret
        loop = try Loop()
        timer = try WorkerTimer(on: loop)
    }

    /// Joins the coordinator and works until it is told to stop.
    ///
    /// - Returns: what went wrong, `nil` after a run in good order.
    public func run(coordinator: SocketAddress) -> String? {
        do {
            try open(coordinator)
        } catch {
            closeAll()
            loop.run()
            return "\(error)"
        }
        loop.run()
        closeAll()
        loop.run()
        return failure
    }

    // MARK: Joining

    private func open(_ coordinator: SocketAddress) throws(LoopError) {
        timer.onFire = { [unowned self] in self.pump() }
        let doorkeeper = Doorkeeper(
            secret: secret,
            purpose: .mesh,
            answer: .meshWelcome,
            mayEnter: { [unowned self] in self.mayEnter($0) },
            onEnter: { [unowned self] peer, _, channel in self.mesh?.adopt(channel, peer: peer) }
        )
        self.doorkeeper = doorkeeper
        let listener = try Listener(on: loop, at: .loopback(port: 0)) { [unowned self] in
            self.doorkeeper?.knock($0)
        }
        self.listener = listener
        sweeper = try RepeatingTimer(on: loop, everyMilliseconds: 250) { [unowned self] in
            self.sweep()
        }
        let visitor = Visitor(
            secret: secret,
            purpose: .join,
            answer: .welcome,
            rank: rank,
            listenPort: listener.port
        ) { [unowned self] result in
            switch result {
            case .success(let channel): self.joined(channel)
            case .failure(let failure):
                self.end("cannot join the coordinator at \(coordinator): \(failure)")
            }
        }
        try visitor.visit(coordinator, on: loop)
    }

    private func joined(_ channel: ControlChannel) {
        control = channel
        channel.onMessage = { [unowned self] in self.heard($0) }
        // Whatever ended the coordinator ends this worker: no orphans.
        channel.onEnd = { [unowned self] in self.end("lost the coordinator: \($0)") }
    }

    private func mayEnter(_ peer: Rank) -> Bool {
        links.indices.contains(peer.index) && peer > rank && links[peer.index] == nil
    }

    /// Ends the loop; `run` cleans up.
    private func end(_ failure: String?) {
        self.failure = self.failure ?? failure
        loop.stop()
    }

    /// Tells the coordinator what is wrong; it decides.
    private func report(_ reason: String) { control?.send(.failure(reason: reason)) }

    private func closeAll() {
        isLeaving = true
        mesh?.close()
        doorkeeper?.close()
        listener?.close()
        sweeper?.close()
        timer.close()
        for link in links { link?.close() }
        control?.close()
    }

    private func sweep() {
        doorkeeper?.sweep()
        guard let deadline, let player, Loop.hostNanoseconds >= deadline else { return }
        self.deadline = nil
        report("exchange \(player.serial) is not over at its deadline: \(player.missing)")
    }

    // MARK: Messages

    private func heard(_ message: ControlMessage) {
        switch message {
        case .plan(let plan): accept(plan)
        case .prepare(let prepare): self.prepare(prepare)
        case .start(let start): begin(start)
        case .confirm(let serial, let round): confirm(serial: serial, round: round)
        case .jump(let serial, let skipped): jump(serial: serial, skipped)
        case .check(let serial): check(serial: serial)
        case .ping(let count): control?.send(.pong(count: count))
        case .stop: leave()
        case .challenge, .hello, .welcome, .meshReady, .prepared, .quiet, .confirmed, .finished,
            .stepDone, .failure, .pong, .bye:
            end("the coordinator sent a message that only workers send")
        }
    }

    private func leave() {
        isLeaving = true
        mesh?.close()
        // A step that is under way sends no more.
        player = nil
        timer.timer.arm(at: nil)
        let isMeshed = links.count { $0 != nil } == links.count - 1
        for link in links { link?.close() }
        links = []
        listener?.close()
        doorkeeper?.close(counting: isMeshed)
        let refusals = doorkeeper?.refusals.lines ?? []
        // What should be open now: the sweeper, the timer and the control connection.
        let openHandles = max(0, loop.openHandles - 3)
        control?.send(.bye(Bye(refusals: refusals, openHandles: openHandles)))
        control?.onEnd = { [unowned self] _ in self.end(nil) }
    }

    // MARK: The mesh

    private func accept(_ plan: WorkerPlan) {
        guard self.plan == nil, plan.peerPorts.count == plan.plan.world,
            rank.index < plan.plan.world
        else {
            report("a plan for \(plan.peerPorts.count) workers in a world of \(plan.plan.world)")
            return
        }
        self.plan = plan
        let layout = RankLayout(plan.plan)
        ports =
            plan.unshaped
            ? .unshaped(layout: layout) : PortMap(layout: layout, links: plan.plan.links)
        do {
            routing = try plan.plan.routing.routers.isEmpty ? nil : TokenRouting(plan.plan)
        } catch {
            report("\(error)")
            return
        }
        links = Array(repeating: nil, count: plan.plan.world)
        let mesh = MeshBuilder(
            rank: rank,
            secret: secret,
            loop: loop,
            onLink: { [unowned self] in self.add($0) },
            onFailure: { [unowned self] in self.report($0) }
        )
        self.mesh = mesh
        mesh.connect(ports: plan.peerPorts, host: "127.0.0.1")
        announceIfMeshed()
    }

    private func add(_ link: MeshLink) {
        link.owner = self
        links[link.peer.index] = link
        announceIfMeshed()
    }

    private func announceIfMeshed() {
        let count = links.count { $0 != nil }
        guard count == links.count - 1 else { return }
        control?.send(.meshReady(connections: count))
    }

    // MARK: Preparing

    private func prepare(_ prepare: Prepare) {
        guard let plan, links.count == plan.plan.world else {
            report("told to prepare without a mesh")
            return
        }
        player = nil
        lastQuiet = nil
        let work: any StepWork
        if prepare.send.isEmpty {
            guard let routing, plan.plan.routing.routers.indices.contains(prepare.router) else {
                report("told to use router \(prepare.router)")
                return
            }
            work = RoutedStep(
                rank: rank,
                prepare: prepare,
                plan: plan.plan,
                routing: routing,
                buffers: buffers
            )
        } else {
            work = BareExchange(
                rank: rank,
                prepare: prepare,
                seed: plan.plan.workload.seed,
                buffers: buffers
            )
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

    private func announceCounts(of work: any StepWork, serial: Int) {
        for case let link? in links {
            let counts = work.counts(for: link.peer)
            let header = FrameHeader(
                kind: .counts,
                serial: serial,
                exchange: 0,
                source: rank.index,
                destination: link.peer.index,
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
        guard let preparation = preparing, preparation.unannounced.isEmpty, let plan, let ports
        else { return }
        preparing = nil
        do throws(StepProblem) {
            let program = try preparation.work.ready()
            let pacing = RankPacing(
                chunk: plan.plan.exchange.chunk,
                window: plan.emulated(plan.windowNanoseconds),
                catchUp: plan.emulated(plan.catchUpNanoseconds)
            )
            player = StepPlayer(
                serial: preparation.serial,
                work: preparation.work,
                machine: RankMachine(rank: rank, program: program, ports: ports, pacing: pacing),
                timer: timer.timer,
                send: { [unowned self] in self.send($0) }
            )
            control?.send(.prepared(Prepared(preparation.serial, preparation.work.input)))
        } catch {
            report(error.description)
        }
    }

    // MARK: Running

    private func begin(_ start: Start) {
        guard let plan, let player, player.serial == start.serial else {
            report("appointed to a step it has not prepared")
            return
        }
        deadline = start.deadline
        player.begin(atHost: start.at, dilation: plan.dilation)
        afterPump()
    }

    private func pump() {
        player?.pump()
        afterPump()
    }

    private func send(_ chunk: DepartingChunk) {
        guard let player, let link = links[chunk.destination.index] else { return }
        let region = player.work.outgoing(exchange: chunk.exchange, to: chunk.destination)
        let bytes = UnsafeRawBufferPointer(
            rebasing: region[chunk.offset..<chunk.offset + chunk.length]
        )
        let header = FrameHeader(
            kind: .chunk,
            serial: player.serial,
            exchange: chunk.exchange,
            source: rank.index,
            destination: chunk.destination.index,
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
        if player.machine.isFinished, finishedSerial != player.serial {
            finishedSerial = player.serial
            deadline = nil
            control?.send(.finished(serial: player.serial))
        }
        guard let quiet = player.quiet, quiet != lastQuiet else { return }
        lastQuiet = quiet
        control?.send(
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

    private func confirm(serial: Int, round: Int) {
        let quiet = player?.serial == serial ? player?.quiet : nil
        control?.send(
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

    private func jump(serial: Int, _ skipped: Interval) {
        guard let player, player.serial == serial else { return }
        player.jump(toSkipped: skipped)
        afterPump()
    }

    // MARK: Checking

    private func check(serial: Int) {
        guard let player, player.serial == serial, player.machine.isFinished else {
            report("told to check a step it has not finished")
            return
        }
        let (verification, digest) = player.work.verify()
        let refusals = doorkeeper?.refusals
        let isNews = refusals?.total != reportedRefusals
        reportedRefusals = refusals?.total ?? 0
        control?.send(
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
                    refusals: isNews ? refusals?.lines ?? [] : []
                )
            )
        )
    }
}

extension Worker: MeshLinkOwner {
    func place(for header: FrameHeader, on link: MeshLink) throws(StepProblem)
        -> UnsafeMutableRawBufferPointer
    {
        guard header.destination == rank.index else {
            throw StepProblem(description: "a frame for rank \(header.destination)")
        }
        switch header.kind {
        case .counts:
            guard header.length <= link.scratch.count else {
                throw StepProblem(description: "\(header.length) bytes of counts")
            }
            return UnsafeMutableRawBufferPointer(rebasing: link.scratch[..<header.length])
        case .chunk:
            guard let player, header.serial == player.serial else {
                throw StepProblem(
                    description: "a chunk of exchange \(header.serial), which is not running"
                )
            }
            do throws(ChunkViolation) {
                try player.machine.check(header.chunk)
            } catch {
                throw StepProblem(description: error.description)
            }
            let region = player.work.incoming(exchange: header.exchange, from: link.peer)
            return UnsafeMutableRawBufferPointer(
                rebasing: region[header.offset..<header.offset + header.length]
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
        guard !isLeaving else { return }
        report("its connection to worker \(link.peer): \(reason)")
    }
}

extension FrameHeader {
    fileprivate var chunk: ChunkHeader {
        ChunkHeader(
            exchange: exchange,
            source: Rank(source),
            sequence: sequence,
            offset: offset,
            length: length,
            depart: depart
        )
    }
}

extension Prepared {
    fileprivate init(_ serial: Int, _ input: RankInput) {
        self.init(
            serial: serial,
            send: input.send,
            kept: input.kept,
            offered: input.offered,
            dropped: input.dropped,
            capacity: input.capacity,
            gate: input.gate,
            expert: input.expert,
            bufferBytes: input.bufferBytes
        )
    }
}

extension WorkerPlan {
    /// The emulated length of a host duration.
    fileprivate func emulated(_ nanoseconds: Int64) -> Interval {
        Interval(picoseconds: Int64(Double(nanoseconds) * 1000 / dilation))
    }
}
