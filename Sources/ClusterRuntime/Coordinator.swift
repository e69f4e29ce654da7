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
    /// Pieces of shared memory that the coordinator still holds.
    public var sharedMemory = 0
    /// Connections that were not ours, a line for each reason.
    public var refusals: [String] = []
    public var refused = 0

    public init() {}
}

/// A running cluster.
public final class Coordinator {
    public let plan: ClusterPlan
    let options: CoordinatorOptions
    let pacing: HostPacing
    let ports: PortMap
    let compile: Compile
    var sharedPorts: SharedPorts?
    /// What was held before this cluster made its own.
    let memoryBefore = HeldMemory.inodes()
    let secret = RunSecret()
    let loop: Loop
    let workers: [WorkerHandle]
    var machine: CoordinatorMachine
    var listener: Listener?
    var doorkeeper: Doorkeeper?
    /// Where people ask, of a cluster that stays.
    var door: StandingDoor?
    /// A rest between steps is over.
    var isAwake = true
    var ticker: RepeatingTimer?
    var signals: [SignalWatcher] = []
    var pings = 0
    private var nextPing: Int64 = 0
    /// Host nanoseconds by which a tick may be early.
    private static let tickMax: Int64 = 25_000_000
    /// Ticks come every 50 ms; a gap of this many is an absence.
    private static let absenceMin: Int64 = 500_000_000
    /// Of absences the last ones are known.
    private static let absencesMax = 1024
    /// How long after a worker's report a death that caused it may still become known, where time
    /// matters.
    private static let echo: Int64 = 100_000_000
    /// The longest, however long the coordinator was away meanwhile.
    private static let echoMax: Int64 = 5_000_000_000
    private var lastTick = Loop.hostNanoseconds
    /// What the present call waits for has happened.
    var isDone = false
    var failure: RunFailure?
    /// When it, or its first echo, became known.
    var failedAt: Int64 = 0
    /// A report waits this long for its root cause, a process that ended.
    var failureDeadline: Int64?
    var step: StepUnderWay?
    /// Who is given up and tells what it saw, and until when that is waited for.
    var farewell: (ranks: Set<Rank>, deadline: Int64)?
    /// Until when it last slept so as not to hear of who has finished, on the bare engine.
    var nappedUntil: Int64 = 0
    /// Workers were told to stop.
    var isLeaving = false
    /// A second Ctrl-C came.
    var isImpatient = false
    /// Steps and what was given up, counted over the run.
    var lastSerial = -1
    /// Of the last attempt at a step.
    var playedSerial = -1
    var recovery: RecoveryMachine
    /// What has failed, and what became of it.
    public internal(set) var incidents: [Incident] = []
    /// Chunks that came damaged and were sent again.
    public internal(set) var resends = ResendTally()
    /// When steps ran, of those that ended well; of many the last.
    public internal(set) var paces: [StepPace] = []
    public private(set) var launchedAt: Int64 = 0
    /// Ranks that the run goes on without.
    public internal(set) var excluded: Set<Rank> = []
    var rejoins: RejoinBook
    /// Who was left out and is about to come back.
    var rejoining: Set<Rank> = []
    /// When those that were started again since the last failure had joined.
    var newcomersAt: Int64?
    /// Asked what faults do to experts in the step that begins.
    public var onRouting: (() -> [ExpertHurt])?
    /// Asked how a worker is to be started, at each of its starts; `nil`: as usual.
    public var onStart: ((Rank) -> WorkerStart)?
    /// Control connections that ended by themselves, in order.
    public private(set) var lostControls: [LostControl] = []
    /// When this process found that it had been away: host nanoseconds.
    public private(set) var absences: [Int64] = []
    /// When workers have joined, in order.
    public private(set) var joins: [JoinedWorker] = []
    /// Called when a step has been appointed to all ranks, each attempt anew.
    public var onAppointed: (() -> Void)?
    /// Called with what a rank saw of impaired and watched ways.
    public var onWays: ((Rank, RankWays) -> Void)?
    /// Called when a rank has come to the point that a strike waits for.
    public var onReached: ((ReachedPoint) -> Void)?
    /// Called when a step, or a segment of one, has ended well.
    public var onSegmentEnded: ((StepOutcome) -> Void)?
    /// Called when a step of training begins again: its segments that had ended well count no more.
    public var onStepAgain: (() -> Void)?
    /// Called when workers may have to begin a router's next step anew, before any of them prepares
    /// it: the router's file of `CoordinatorOptions.checkpoints` has to hold the state at the
    /// beginning of that step.
    public var onStateAsked: ((Int) throws -> Void)?
    /// Routers whose state workers that were started anew do not have yet.
    var owedStates: Set<Int> = []
    /// Asked when something asks this process to end: `false` if what is under way goes on.
    public var onInterrupt: (() -> Bool)?
    /// Called with every failure as it is found, and when that was.
    public var onFailure: ((RunFailure, Int64) -> Void)?
    /// Processes of workers that have ended, in order, whatever they ended of.
    public private(set) var reaped: [ReapedWorker] = []
    /// What faults do later than at once.
    let alarms: AlarmClock
    /// Workers that faults have stopped, in order.
    var pauses: [PausedWorker] = []
    /// Calls that workers were refused, by the id of the strike.
    public internal(set) var refusedCalls: [Int: String] = [:]
    var launcher: LocalLauncher?
    /// Processes that were replaced or left out.
    var graves: [Grave] = []

    /// Makes the programs of a step from what its ranks put into it; the algorithm is `nil` where
    /// the plan decides.
    public typealias Compile = ([RankInput], StepShape, ExchangeAlgorithm?) throws -> CompiledStep

    /// - Throws: when no loop or no shared memory can be had.
    public init(
        plan: ClusterPlan,
        options: CoordinatorOptions,
        compile: @escaping Compile
    ) throws {
        if options.takesSignals { ThisProcess.noteInterrupts() }
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
        alarms = AlarmClock(on: loop)
        workers = layout.ranks.map(WorkerHandle.init)
        machine = CoordinatorMachine(
            world: plan.world,
            bounds: options.bounds.watchful(for: options.recovery),
            resends: options.recovery.resends,
            at: Loop.hostNanoseconds
        )
        rejoins = options.rejoins ?? RejoinBook(options.recovery)
        recovery = RecoveryMachine(
            options.recovery,
            used: options.used,
            together: layout.wholeGroups(of:)
        ) { lost in
            // The bytes of a bare exchange are asked for by name: nobody can take those over.
            !plan.routing.routers.isEmpty && ExpertPlacement(layout, excluded: lost).isComplete
        }
    }

    // MARK: Launch

    /// Starts the workers and waits until their mesh stands.
    ///
    /// - Returns: host nanoseconds it took.
    /// - Throws: `RunFailure`, or `LoopError` when a socket or process cannot be had.
    public func launch() throws -> Int64 {
        let start = Loop.hostNanoseconds
        launchedAt = start
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
        listener.onTrouble = { [unowned self] in self.doorkeeper?.missed($0) }
        self.listener = listener
        ticker = try RepeatingTimer(on: loop, everyMilliseconds: 50) { [unowned self] in
            self.tick()
        }
        for signal in options.takesSignals ? ThisProcess.interrupts : [] {
            signals.append(
                try SignalWatcher(on: loop, signal: signal) { [unowned self] in
                    self.interrupted()
                }
            )
        }
        // Before the loop had them, they were noted.
        if options.takesSignals, ThisProcess.isInterrupted { throw RunFailure.interrupted }
        lastTick = Loop.hostNanoseconds
        launcher = LocalLauncher(
            loop: loop,
            path: options.workerPath,
            logDescriptor: options.logDescriptor,
            sharedMemory: sharedPorts?.memory.descriptor,
            sharesSession: options.unshaped
        )
        for worker in workers { try self.start(worker) }
        machine.launched(at: Loop.hostNanoseconds)
        do {
            try wait()
        } catch let failure as RunFailure {
            try recover(from: failure)
        }
        return Loop.hostNanoseconds - start
    }

    /// Starts a worker's process; what an earlier one of its rank says no longer counts.
    func start(_ worker: WorkerHandle) throws(LoopError) {
        worker.incarnation += 1
        switch onStart?(worker.rank) ?? .usual {
        case .usual: try spawn(worker)
        case .crashing(let code): try spawn(worker, crashing: code)
        case .late(let nanoseconds): try spawn(worker, after: nanoseconds)
        case .never: break
        }
    }

    func spawn(_ worker: WorkerHandle, crashing code: Int? = nil) throws(LoopError) {
        guard let launcher, let listener else { return }
        let incarnation = worker.incarnation
        worker.process = try launcher.launch(
            worker.rank,
            coordinator: .loopback(port: listener.port),
            secret: secret,
            crashing: code
        ) { [unowned self] end in
            self.reaped.append(ReapedWorker(rank: worker.rank, end: end))
            if worker.incarnation == incarnation { self.exited(worker, end) }
        }
    }

    private func mayJoin(_ rank: Rank) -> Bool {
        workers.indices.contains(rank.index) && machine.mayJoin(rank)
    }

    private func joined(_ rank: Rank, _ hello: Hello, _ channel: ControlChannel) {
        let worker = workers[rank.index]
        joins.append(JoinedWorker(rank: rank, at: Loop.hostNanoseconds))
        worker.control = channel
        worker.meshPort = hello.listenPort
        channel.onMessage = { [unowned self] in self.heard($0, from: worker) }
        channel.onEnd = { [unowned self] in self.lost(worker, $0) }
        perform(machine.joined(rank, at: Loop.hostNanoseconds))
    }

    func sendPlan(to recipients: [WorkerHandle]) {
        var plan = WorkerPlan(
            plan: plan,
            unshaped: options.unshaped,
            peerPorts: workers.map(\.meshPort),
            dilation: options.dilation,
            windowNanoseconds: pacing.window,
            catchUpNanoseconds: pacing.catchUp,
            checkpoints: options.checkpoints
        )
        plan.isTolerant = options.recovery.recovers || options.isHurt
        plan.excluded = excluded.sorted()
        plan.resends = options.recovery.resends
        for worker in recipients {
            worker.hasPlan = true
            worker.send(.plan(plan))
        }
    }

    // MARK: Waiting and failing

    /// Runs the loop until `finish` or a failure.
    func wait() throws {
        isDone = false
        if let failure { throw failure }
        while !isDone {
            loop.run()
            if let failure, failureDeadline == nil { throw failure }
        }
    }

    func finish() {
        isDone = true
        loop.stop()
    }

    /// Takes a failure for the present one, unless an earlier one is the better answer.
    ///
    /// A report of a worker may be the echo of another's death, whose exit arrives within moments, or
    /// of what another has found.
    func fail(_ failure: RunFailure) {
        guard !isLeaving else {
            // Workers that see others leave may complain: nobody asks them any more.
            if failure == .interrupted { giveUpPatience() }
            return
        }
        switch failure {
        case .reported, .connectionLost, .linkDown:
            if let first = self.failure {
                if failureDeadline != nil, failure.explains(first) { self.failure = failure }
                return
            }
            self.failure = failure
            failedAt = Loop.hostNanoseconds
            let patience = options.recovery.recovers ? Self.echo : 500_000_000
            failureDeadline = Loop.hostNanoseconds + patience
        case .workerEnded, .planRefused, .silent, .timedOut, .stalled, .protocolViolation,
            .uncompiled,
            .interrupted:
            guard self.failure == nil || failureDeadline != nil else { return }
            if self.failure == nil { failedAt = Loop.hostNanoseconds }
            self.failure = failure
            failureDeadline = nil
            loop.stop()
        }
    }

    private func tick() {
        let now = Loop.hostNanoseconds
        noticeAbsence(until: now)
        doorkeeper?.sweep()
        door?.sweep()
        if let farewell, now >= farewell.deadline { loop.stop() }
        if let deadline = failureDeadline, now >= deadline {
            failureDeadline = nil
            loop.stop()
        }
        ping(at: now)
        lookForIdleness()
        perform(machine.tick(at: now))
    }

    private func ping(at now: Int64) {
        guard now >= nextPing else { return }
        nextPing = now + machine.bounds.heartbeat - Self.tickMax
        ping(pings + 1)
    }

    /// Asks everybody for a sign of life.
    func ping(_ number: Int) {
        pings = number
        for worker in workers { worker.send(.ping(count: pings)) }
    }

    /// A coordinator that was stopped, or busy between steps, has heard nobody: it may not blame
    /// the workers for that time.
    private func noticeAbsence(until now: Int64) {
        let absence = now - lastTick
        lastTick = now
        // While it was away it did not hear whose process ended.
        if absence > 4 * Self.tickMax, let deadline = failureDeadline {
            let missed = min(absence, now - failedAt)
            failureDeadline = min(deadline + missed, failedAt + Self.echoMax)
        }
        guard absence > Self.absenceMin else { return }
        if absences.count == Self.absencesMax { absences.removeFirst() }
        absences.append(now)
        machine.wasAway(for: absence)
    }

    private func lost(_ worker: WorkerHandle, _ reason: String) {
        worker.control = nil
        lostControls.append(
            LostControl(rank: worker.rank, reason: reason, at: Loop.hostNanoseconds)
        )
        guard !isLeaving else { return }
        fail(.connectionLost(worker.rank, phase: machine.phaseName))
    }

    private func exited(_ worker: WorkerHandle, _ end: ProcessEnd) {
        worker.end = end
        worker.hangUp()
        perform(machine.exited(worker.rank, how: end.description, at: Loop.hostNanoseconds))
    }
}
