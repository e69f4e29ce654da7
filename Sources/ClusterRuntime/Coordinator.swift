// Launches the workers, times them and ends them: the shell of CoordinatorMachine. Its calls are
// synchronous: each runs the loop until what it asked for has happened or cannot happen any more.

import ClusterModel
import EventLoop
import Exchange
import Glibc
import Links
import Membership
import Statistics
import Wire

/// What is left of a cluster after it has ended.
public struct ClusterRemains: Sendable, Equatable {
    /// Worker processes that could not be ended.
    public var processes = 0
    /// Handles that workers or the coordinator failed to close.
    public var sockets = 0
    /// Connections that were not ours, a line for each reason.
    public var refusals: [String] = []
    public var refused = 0

    public init() {}
}

/// A running cluster.
public final class Coordinator {
    public let plan: ClusterPlan
    let options: CoordinatorOptions
    private let pacing: HostPacing
    private let ports: PortMap
    private let compile: Compile
    private let sharedPorts: SharedPorts?
    private let secret = RunSecret()
    let loop: Loop
    let workers: [WorkerHandle]
    var machine: CoordinatorMachine
    var listener: Listener?
    var doorkeeper: Doorkeeper?
    var ticker: RepeatingTimer?
    var signals: [SignalWatcher] = []
    private var pings = 0
    /// Ticks come every 50 ms; a gap of this many is an absence.
    private static let absenceMin: Int64 = 500_000_000
    private var lastTick = Loop.hostNanoseconds
    /// What the present call waits for has happened.
    var isDone = false
    var failure: RunFailure?
    /// A report waits this long for its root cause, a process that ended.
    var failureDeadline: Int64?
    private var step: StepUnderWay?
    /// Workers were told to stop.
    var isLeaving = false
    /// A second Ctrl-C came.
    var isImpatient = false

    /// Makes the programs of a step from what its ranks put into it; the algorithm is `nil` where
    /// the plan decides.
    public typealias Compile = ([RankInput], StepShape, ExchangeAlgorithm?) throws -> CompiledStep

    /// - Throws: when no loop or no shared memory can be had.
    public init(
        plan: ClusterPlan,
        options: CoordinatorOptions,
        compile: @escaping Compile
    ) throws {
        // A worker's closed socket must not end the coordinator.
        ThisProcess.exitWhenInterrupted()
        self.plan = plan
        self.options = options
        pacing = HostPacing(world: plan.world, unshaped: options.unshaped)
        let layout = RankLayout(plan)
        ports =
            options.unshaped
            ? .unshaped(layout: layout) : PortMap(layout: layout, links: plan.links)
        self.compile = compile
        sharedPorts = try SharedPorts.shape(of: ports).map { [ports] shape in
            let memory = try SharedMemory.make(byteCount: shape.byteCount)
            return SharedPorts(memory: memory, ports: ports, shape: shape)
        }
        loop = try Loop()
        workers = layout.ranks.map(WorkerHandle.init)
        machine = CoordinatorMachine(
            world: plan.world,
            bounds: options.bounds,
            at: Loop.hostNanoseconds
        )
    }

    // MARK: Launch

    /// Starts the workers and waits until their mesh stands.
    ///
    /// - Returns: host nanoseconds it took.
    /// - Throws: `RunFailure`, or `LoopError` when a socket or process cannot be had.
    public func launch() throws -> Int64 {
        let start = Loop.hostNanoseconds
        let doorkeeper = Doorkeeper(
            secret: secret,
            purpose: .join,
            answer: .welcome,
            mayEnter: { [unowned self] in self.mayJoin($0) },
            onEnter: { [unowned self] in self.joined($0, $1, $2) }
        )
        self.doorkeeper = doorkeeper
        let listener = try Listener(on: loop, at: .loopback(port: 0)) { [unowned self] in
            self.doorkeeper?.knock($0)
        }
        self.listener = listener
        ticker = try RepeatingTimer(on: loop, everyMilliseconds: 50) { [unowned self] in
            self.tick()
        }
        for signal in ThisProcess.interrupts {
            signals.append(
                try SignalWatcher(on: loop, signal: signal) { [unowned self] in
                    self.fail(.interrupted)
                }
            )
        }
        lastTick = Loop.hostNanoseconds
        let launcher = LocalLauncher(
            loop: loop,
            path: options.workerPath,
            logDescriptor: options.logDescriptor,
            sharedMemory: sharedPorts?.memory.descriptor
        )
        for worker in workers {
            worker.process = try launcher.launch(
                worker.rank,
                coordinator: .loopback(port: listener.port),
                secret: secret
            ) { [unowned self] end in self.exited(worker, end) }
        }
        machine.launched(at: Loop.hostNanoseconds)
        try wait()
        return Loop.hostNanoseconds - start
    }

    private func mayJoin(_ rank: Rank) -> Bool {
        workers.indices.contains(rank.index) && machine.mayJoin(rank)
    }

    private func joined(_ rank: Rank, _ hello: Hello, _ channel: ControlChannel) {
        let worker = workers[rank.index]
        worker.control = channel
        worker.meshPort = hello.listenPort
        channel.onMessage = { [unowned self] in self.heard($0, from: worker) }
        channel.onEnd = { [unowned self] _ in self.lost(worker) }
        perform(machine.joined(rank, at: Loop.hostNanoseconds))
    }

    private func sendPlan() {
        let plan = WorkerPlan(
            plan: plan,
            unshaped: options.unshaped,
            peerPorts: workers.map(\.meshPort),
            dilation: options.dilation,
            windowNanoseconds: pacing.window,
            catchUpNanoseconds: pacing.catchUp,
            checkpoints: options.checkpoints
        )
        for worker in workers { worker.send(.plan(plan)) }
    }

    // MARK: Steps

    /// Runs one step with the plan's router of this index.
    public func runStep(_ step: Int, router: Int, isWarmup: Bool, serial: Int) throws
        -> StepOutcome
    {
        try run(
            StepUnderWay(serial: serial, step: step, router: router, isWarmup: isWarmup),
            prepares: workers.map { _ in Prepare(serial: serial, step: step, router: router) }
        )
    }

    /// Runs one segment of a training step with the plan's router of this index.
    ///
    /// `leads`: how long after the first each rank begins, index = rank.
    public func runSegment(
        _ segment: StepSegment,
        shape: StepShape,
        leads: [Interval],
        step: Int,
        router: Int,
        isWarmup: Bool,
        serial: Int
    ) throws -> StepOutcome {
        let underWay = StepUnderWay(
            serial: serial,
            step: step,
            router: router,
            isWarmup: isWarmup,
            shape: shape,
            segment: segment
        )
        underWay.leads = leads
        return try run(
            underWay,
            prepares: workers.map { _ in
                Prepare(serial: serial, step: step, router: router, segment: segment)
            }
        )
    }

    /// Runs one exchange of a matrix.
    public func runExchange(
        _ matrix: TrafficMatrix,
        algorithm: ExchangeAlgorithm? = nil,
        isWarmup: Bool,
        serial: Int
    ) throws -> StepOutcome {
        try run(
            StepUnderWay(
                serial: serial,
                step: serial,
                router: 0,
                isWarmup: isWarmup,
                shape: .exchange,
                segment: .exchange,
                algorithm: algorithm
            ),
            prepares: workers.map {
                Prepare(
                    serial: serial,
                    step: serial,
                    router: 0,
                    segment: .exchange,
                    send: matrix.row($0.rank),
                    receive: matrix.column($0.rank)
                )
            }
        )
    }

    private func run(_ step: StepUnderWay, prepares: [Prepare]) throws -> StepOutcome {
        self.step = step
        defer { self.step = nil }
        step.reserve(world: plan.world)
        let start = Loop.hostNanoseconds
        machine.prepare(serial: step.serial, work: work(of: prepares), at: start)
        for (worker, prepare) in zip(workers, prepares) { worker.send(.prepare(prepare)) }
        try wait()
        return try step.outcome(
            wallNanoseconds: Loop.hostNanoseconds - start,
            dilation: options.dilation
        )
    }

    /// How long workers may be busy with packing or checking: they share the host, so it goes by
    /// all bytes together, at 100 MB/s.
    private func work(of prepares: [Prepare]) -> Int64 {
        let bare = prepares.reduce(0) { $0 + $1.send.reduce(0, +) }
        let pairs = plan.world * plan.workload.tokensPerNPU * plan.routing.topK
        let isBare = prepares.contains { !$0.send.isEmpty }
        return 10 * Int64(isBare ? bare : pairs * plan.model.tokenBytes.value)
    }

    /// Makes the programs of the step and sends each rank its own.
    private func sendPrograms(serial: Int) {
        guard let step else { return }
        do {
            let compiled = try compile(
                step.inputs.compactMap(\.self),
                step.shape,
                step.algorithm
            )
            step.compiled = compiled
            machine.loading(serial: serial, at: Loop.hostNanoseconds)
            for (worker, program) in zip(workers, compiled.programs) {
                worker.send(.program(serial: serial, program))
            }
        } catch {
            fail(.uncompiled("\(error)"))
        }
    }

    private func appoint(serial: Int) {
        guard let step else { return }
        // Nobody plays: the last step's chunks are gone.
        sharedPorts?.withSpace { $0.reset() }
        let now = Loop.hostNanoseconds
        let at = now + pacing.lead
        let bound = stepBound(step)
        step.clock = EmulatedClock(origin: at, dilation: options.dilation)
        step.fastForward =
            options.fastForward
            ? FastForward(
                world: plan.world,
                worthwhile: step.emulated(2 * pacing.margin)
            ) : nil
        step.cpu = CPUTimes.now
        step.workerCPU = -ProcessorTime.nanoseconds(of: workers)
        machine.appointed(serial: serial, bound: bound + 2_000_000_000, at: now)
        let start = Start(serial: serial, at: at, deadline: now + bound)
        for worker in workers { worker.send(.start(start)) }
    }

    /// Four times what the step needs at the least, for each hop of its way, and 10 s.
    private func stepBound(_ step: StepUnderWay) -> Int64 {
        let inputs = step.inputs.compactMap(\.self)
        let matrix = TrafficMatrix(rows: inputs.map(\.send))
        let stages = step.compiled?.programs.first?.stages ?? []
        let exchange = LowerBound(of: matrix, over: ports).direct.seconds * 2
        let waits =
            inputs.map { $0.lead.seconds + $0.gate.seconds + $0.expert.seconds }.max() ?? 0
        let latency = (ports.links.roce.latency + ports.links.hccs.latency).seconds
        let overheads = ports.links.roce.messageOverhead + ports.links.hccs.messageOverhead
        let rounds = Double(max(1, stages.count))
        let starts = latency * rounds + overheads.seconds * Double(2 * plan.world)
        let emulated = 4 * (3 * exchange + waits + starts)
        return Int64(emulated * options.dilation * 1e9) + 10_000_000_000
    }

    // MARK: Messages

    private func heard(_ message: ControlMessage, from worker: WorkerHandle) {
        let now = Loop.hostNanoseconds
        let rank = worker.rank
        machine.heard(from: rank, at: now)
        switch message {
        case .meshReady:
            perform(machine.meshReady(rank, at: now))
        case .prepared(let prepared):
            guard prepared.fits(world: plan.world, experts: plan.model.experts) else {
                fail(.protocolViolation(rank, "a Prepared of the wrong shape"))
                return
            }
            step?.take(prepared.input, of: rank)
            perform(machine.prepared(rank, serial: prepared.serial, at: now))
        case .ready(let serial):
            perform(machine.ready(rank, serial: serial, at: now))
        case .quiet(let quiet):
            heardQuiet(quiet, from: rank)
        case .confirmed(let confirmed):
            heardConfirmed(confirmed, from: rank)
        case .finished(let serial):
            perform(machine.finished(rank, serial: serial, at: now))
        case .stepDone(let done):
            guard done.stageEnds.count == step?.compiled?.programs.first?.stages.count else {
                fail(.protocolViolation(rank, "a StepDone of \(done.stageEnds.count) stages"))
                return
            }
            if !done.refusals.isEmpty { worker.refusals = done.refusals }
            step?.done[rank.index] = done
            perform(machine.stepDone(rank, serial: done.serial, at: now))
        case .failure(let reason):
            fail(.reported(rank, reason))
        case .pong:
            break
        case .bye(let bye):
            worker.refusals = bye.refusals
            worker.openHandles = bye.openHandles
            // The worker waits for this, so that its last word is not lost.
            worker.hangUp()
        case .challenge, .hello, .welcome, .plan, .prepare, .program, .start, .confirm, .jump,
            .check, .ping, .stop:
            fail(.protocolViolation(rank, "a message that only the coordinator sends"))
        }
    }

    private func heardQuiet(_ quiet: Quiet, from rank: Rank) {
        guard let step, step.serial == quiet.serial, let now = step.now else { return }
        let report = FastForward.Report(
            wake: quiet.wake,
            sent: quiet.sent,
            received: quiet.received
        )
        perform(step.fastForward?.quiet(rank, report, at: now) ?? .wait)
    }

    private func heardConfirmed(_ confirmed: Confirmed, from rank: Rank) {
        guard let step, step.serial == confirmed.serial, let now = step.now else { return }
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

    private func perform(_ action: FastForwardAction) {
        guard let step else { return }
        switch action {
        case .wait:
            break
        case .confirm(let round):
            for worker in workers { worker.send(.confirm(serial: step.serial, round: round)) }
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
        case .sendPlan: sendPlan()
        case .meshReady, .allGone: finish()
        case .compile(let serial): sendPrograms(serial: serial)
        case .appoint(let serial): appoint(serial: serial)
        case .check(let serial):
            if let cpu = step?.cpu { step?.cpuBusy = CPUTimes.now.busyShare(since: cpu) }
            step?.workerCPU += ProcessorTime.nanoseconds(of: workers)
            for worker in workers { worker.send(.check(serial: serial)) }
        case .stepDone: finish()
        case .fail(let failure): fail(failure)
        }
    }

    // MARK: Waiting and failing

    /// Runs the loop until `finish` or a failure.
    private func wait() throws {
        isDone = false
        if let failure { throw failure }
        while !isDone {
            loop.run()
            if let failure, failureDeadline == nil { throw failure }
        }
    }

    private func finish() {
        isDone = true
        loop.stop()
    }

    /// A report of a worker may be the echo of another's death: the process that ended is the
    /// better answer, and its exit arrives within moments.
    private func fail(_ failure: RunFailure) {
        guard !isLeaving else {
            // Workers that see others leave may complain: nobody asks them any more.
            if failure == .interrupted { giveUpPatience() }
            return
        }
        switch failure {
        case .reported, .connectionLost:
            guard self.failure == nil else { return }
            self.failure = failure
            failureDeadline = Loop.hostNanoseconds + 500_000_000
        case .workerEnded, .silent, .timedOut, .protocolViolation, .uncompiled, .interrupted:
            guard self.failure == nil || failureDeadline != nil else { return }
            self.failure = failure
            failureDeadline = nil
            loop.stop()
        }
    }

    private func tick() {
        let now = Loop.hostNanoseconds
        noticeAbsence(until: now)
        doorkeeper?.sweep()
        if let deadline = failureDeadline, now >= deadline {
            failureDeadline = nil
            loop.stop()
        }
        pings += 1
        if pings % 10 == 0 {
            for worker in workers { worker.send(.ping(count: pings)) }
        }
        perform(machine.tick(at: now))
    }

    /// A coordinator that was stopped, or busy between steps, has heard nobody: it may not blame
    /// the workers for that time.
    private func noticeAbsence(until now: Int64) {
        let absence = now - lastTick
        lastTick = now
        if absence > Self.absenceMin { machine.wasAway(for: absence) }
    }

    private func lost(_ worker: WorkerHandle) {
        worker.control = nil
        guard !isLeaving else { return }
        fail(.connectionLost(worker.rank, phase: machine.phaseName))
    }

    private func exited(_ worker: WorkerHandle, _ end: ProcessEnd) {
        worker.end = end
        perform(machine.exited(worker.rank, how: end.description, at: Loop.hostNanoseconds))
    }
}
