// Plays one rank's machine on the host: asks the emulated clock what time it is, hands chunks to
// sockets, arms the timer for what comes next.

import ClusterModel
import EventLoop
import Exchange
import Links

/// One step of one rank under way.
final class StepPlayer {
    let serial: Int
    let work: any StepWork
    let places: StreamPlaces
    private(set) var machine: RankMachine
    private let roles: [StageRole]
    private let passages: PassageDesk?
    private var clock: EmulatedClock?
    private let timer: DeadlineTimer
    private let send: (DepartingChunk, OutgoingStream) -> Void
    private let ask: (ChunkRequest, Rank) -> Void
    /// Called when a point has come that a strike waits for.
    var onReached: ((ReachedPoint) -> Void)?
    private var actions: [RankAction] = []
    private var isPumping = false
    /// Every stage has ended.
    private var hasEnded = false
    /// What it saw of ways has been told.
    var hasToldWays = false
    /// There was no room for a chunk at a shared port.
    private(set) var hasOverflowed = false

    /// Takes the worker's timer, which no other step uses meanwhile; `send` hands a chunk to its
    /// socket, `ask` a request to that of who is asked.
    init(
        serial: Int,
        work: any StepWork,
        places: StreamPlaces,
        roles: [StageRole],
        machine: RankMachine,
        passages: PassageDesk?,
        timer: DeadlineTimer,
        send: @escaping (DepartingChunk, OutgoingStream) -> Void,
        ask: @escaping (ChunkRequest, Rank) -> Void
    ) {
        self.serial = serial
        self.work = work
        self.places = places
        self.roles = roles
        self.machine = machine
        self.passages = passages
        self.timer = timer
        self.send = send
        self.ask = ask
    }

    /// The step begins at a host instant.
    ///
    /// Chunks may leave early from now on.
    func begin(atHost origin: Int64, dilation: Double) {
        let clock = EmulatedClock(origin: origin, dilation: dilation)
        self.clock = clock
        machine.begin(at: clock.instant(atHost: Loop.hostNanoseconds), &actions)
        pump()
    }

    /// All ranks have agreed that the clock runs ahead.
    func jump(toSkipped skipped: Interval) {
        clock?.jump(toSkipped: skipped)
        pump()
    }

    /// Whether this chunk is one that may come now.
    func check(_ chunk: ChunkHeader) throws(ChunkViolation) { try machine.check(chunk) }

    /// How this chunk stands to what came of its stream before.
    func turn(of chunk: ChunkHeader) throws(ChunkViolation) -> ChunkTurn {
        try machine.turn(of: chunk)
    }

    /// A chunk has come damaged: whether it is asked for again.
    func asksAgain(for chunk: ChunkHeader) -> Bool { machine.asksAgain(for: chunk) }

    /// Nobody moves any more: asks for what should have come, of stages up to this one.
    func askForMissing(upTo stage: Int) {
        guard let clock else { return }
        machine.askForMissing(upTo: stage, at: clock.instant(atHost: Loop.hostNanoseconds))
    }

    /// A peer asks for a chunk once more.
    func asked(_ request: ChunkRequest) throws(ChunkViolation) { try machine.asked(request) }

    /// A chunk has come whole that is ahead of its turn.
    func keep(_ chunk: ChunkHeader) { machine.keep(chunk) }

    /// A chunk has come whole.
    func received(_ chunk: ChunkHeader) {
        // Before the appointment a chunk is early, whatever the hour.
        let host = Loop.hostNanoseconds
        let now = clock?.instant(atHost: host) ?? Instant(picoseconds: .min / 4)
        let known = machine.slowWays.ways.count
        for passage in machine.received(chunk, at: now) where passages?.begin(passage) != true {
            hasOverflowed = true
        }
        if machine.slowWays.ways.count > known { machine.noteSlowWay(seenAt: host) }
    }

    /// What became of impaired and watched ways up to now.
    func ways() -> RankWays {
        if let clock { machine.look(at: clock.instant(atHost: Loop.hostNanoseconds)) }
        return machine.ways
    }

    /// Lets the machine do what is due, and sleeps until the next thing is.
    func pump() {
        guard let clock, !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        let now = clock.instant(atHost: Loop.hostNanoseconds)
        passages?.settle(&machine, at: now)
        machine.advance(to: now, &actions)
        perform()
        let wake = [machine.nextWake(), passages?.nextEntry].compactMap(\.self).min()
        timer.arm(at: wake.map(clock.host))
    }

    /// Whether every stage has ended and all that is to leave has left.
    ///
    /// Asked for each chunk, and the machine's own answer copies it.
    var isFinished: Bool { hasEnded && machine.isFinished }

    /// What this rank tells the coordinator when nothing but time or others can wake it.
    var quiet: QuietState? {
        guard let clock, !work.isAtWork else { return nil }
        return machine.quiet(at: clock.instant(atHost: Loop.hostNanoseconds))
    }

    private func perform() {
        var index = 0
        while index < actions.count {
            switch actions[index] {
            case .send(let chunk, let stream): send(chunk, stream)
            case .ask(let request, let peer): ask(request, peer)
            case .stageEnded(let stage, _): work.stageEnded(roles[stage])
            case .reached(let point): onReached?(point)
            case .finished: hasEnded = true
            }
            index += 1
        }
        actions.removeAll(keepingCapacity: true)
    }
}
