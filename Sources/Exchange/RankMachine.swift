// One rank's view of one step: what it may send when, what has reached it, which stages it is in.
// A value without socket, timer or clock: `now` is always an argument. The real worker and the
// simulation play the same machine.

import ClusterModel
import Links
import Statistics

/// One rank's view of one step.
public struct RankMachine: Sendable {
    public let rank: Rank
    let ports: PortMap
    let pacing: RankPacing
    /// What this rank sends in each stage.
    let sends: [[OutgoingStream]]
    var board: StageBoard
    var egress: [EgressPort]
    var ingress: [IngressPort]
    /// One for each ingress port, or none.
    var watches: [RateWatch] = []
    var wayWatch: WayWatch
    /// Ways into this rank that are slower than their links' figures.
    public internal(set) var slowWays = SlowWayWatch()
    var alarms: PendingAlarms
    /// `nil` of a wait.
    var incoming: [IncomingExchange?] = []
    /// Relayed flows by the stream that brings their bytes.
    var relays: RelayTable
    /// Exchanges whose flows each egress port will still get, in their order.
    var comingStages: [[Int]]
    var isQueued: [Bool]
    /// Bytes of each stage that have not left, and the last departure so far.
    var unsent: [Int]
    var departMax: [Instant]
    private var isBegun = false
    /// Lateness of every chunk that was let through, slip of every one that left late, and lateness of
    /// ends that were seen late.
    public internal(set) var lateness = LatenessHistogram()
    var chunksSent = 0
    var chunksDelivered = 0
    /// Chunks whose passage through shared ports is not known yet.
    var chunksInPassage = 0
    var lastAdvance = Instant(picoseconds: .min / 2)
    /// Chunks that came damaged, or not at all, and were asked for again.
    var resends: ResendBook<ChunkKey>
    var gaps = StreamGaps()
    /// Damaged chunks that have been read and are not through the port.
    var damagedComing = 0
    /// What was asked for again, and how often, by chunk.
    var resent: [ChunkKey: Int] = [:]
    /// Chunks of each port that left damaged, or for nowhere, and will be asked for again.
    var awaitedRequests: [Int]
    /// What is to be asked for since the last advance.
    var requests: [ChunkRequest] = []
    /// What became of chunks that came damaged, by peer.
    var damage: [Rank: WayRecord] = [:]
    /// The last arrival of what has been read, and the last delivery, over all stages.
    var arriveMax = Instant(picoseconds: .min / 2)
    var deliverMax = Instant(picoseconds: .min / 2)

    public init(rank: Rank, program: RankProgram, ports: PortMap, pacing: RankPacing) {
        self.rank = rank
        self.ports = ports
        self.pacing = pacing
        board = StageBoard(program)
        resends = ResendBook(pacing.resends)
        awaitedRequests = Array(repeating: 0, count: ports.portCount)
        let impairments = Dictionary(grouping: program.impairments) {
            ports.route(from: rank, to: $0.peer).egress
        }
        egress = (0..<ports.portCount).map {
            let rate = ports.rate(ofPort: $0)
            return EgressPort(
                bandwidth: rate.bandwidth,
                messageOverhead: rate.messageOverhead,
                impairments: impairments[$0] ?? []
            )
        }
        wayWatch = WayWatch(program)
        alarms = PendingAlarms(program.alarms)
        ingress = (0..<ports.portCount).map {
            IngressPort(bandwidth: ports.rate(ofPort: $0).bandwidth)
        }
        if let window = pacing.watch {
            watches = (0..<ports.portCount).map {
                let bandwidth = ports.rate(ofPort: $0).bandwidth
                return RateWatch(bandwidth: bandwidth, window: window, chunk: pacing.chunk)
            }
        }
        sends = program.stages.map { $0.exchange?.sends ?? [] }
        relays = RelayTable(program)
        isQueued = program.stages.map { $0.exchange == nil }
        unsent = sends.map { $0.reduce(0) { $0 + $1.run.bytes } }
        departMax = sends.map { _ in Instant(picoseconds: .min / 2) }
        comingStages = Array(repeating: [], count: ports.portCount)
        incoming = program.stages.map { stage in
            stage.exchange.map {
                IncomingExchange($0.receives, receiver: rank, chunkMax: pacing.chunk)
            }
        }
        notePorts()
    }

    /// Remembers which stages will use which ports.
    private mutating func notePorts() {
        for (stage, streams) in sends.enumerated() {
            for stream in streams {
                let port = ports.route(from: rank, to: stream.peer).egress
                if comingStages[port].last != stage { comingStages[port].append(stage) }
            }
        }
    }

    /// The step is appointed: it starts at `Instant.zero`, before which chunks may leave early.
    public mutating func begin(at now: Instant, _ actions: inout [RankAction]) {
        invariant(!isBegun, "rank \(rank): begun twice")
        isBegun = true
        for stage in board.firsts { enter(stage, at: .zero) }
        advance(to: now, &actions)
    }

    /// Lets time pass: sends what may leave, delivers what has come, ends stages.
    public mutating func advance(to now: Instant, _ actions: inout [RankAction]) {
        guard isBegun else { return }
        lastAdvance = now
        serve(at: now)
        if !requests.isEmpty { ask(&actions) }
        progress(at: now, &actions)
        emit(at: now, &actions)
        guard !alarms.isEmpty else { return }
        actions += alarms.take(at: now).map(RankAction.reached)
    }

    /// When `advance` has something to do without any further event.
    ///
    /// Changes nothing; as a mutating method it works in place, where a getter of so large a
    /// value would have it copied for every chunk.
    public mutating func nextWake() -> Instant? {
        guard isBegun else { return nil }
        var wake = Earliest(settleWake)
        if !requests.isEmpty { wake.consider(lastAdvance) }
        for stage in board.running { wake.consider(stageWake(stage)) }
        wake.consider(alarms.next)
        for index in egress.indices {
            guard let start = egress[index].nextStart else { continue }
            wake.consider(start - lead(ofPort: index))
        }
        // What is relayed has to go on as soon as it is here, what is wrong is asked for again.
        if relays.isActive || damagedComing > 0 {
            for index in ingress.indices { wake.consider(ingress[index].nextArrival) }
        }
        return wake.instant
    }

    /// Half of the window by which chunks may go early: a wake-up that comes late is no harm.
    private func lead(ofPort index: Int) -> Interval {
        mayLeaveEarly(index) ? Interval(picoseconds: pacing.window.picoseconds / 2) : .zero
    }

    /// Set while this rank neither sends nor receives and nothing that it knows of is due soon: the
    /// condition for jumping over a modelled duration.
    public func quiet(at now: Instant) -> QuietState? {
        guard chunksInPassage == 0, requests.isEmpty, deliverMax <= now else { return nil }
        let horizon = now + pacing.window
        var wake = Earliest(alarms.next)
        for port in egress {
            guard let start = port.nextStart else { continue }
            guard start > horizon else { return nil }
            wake.consider(start)
        }
        // Chunks that have been read and are on their way for long: those of a link as it should
        // be are not worth a jump.
        for port in ingress {
            guard let arrival = port.nextArrival else { continue }
            guard arrival > now + pacing.farAway else { return nil }
            wake.consider(arrival)
        }
        for stage in board.running {
            // A stage that is over, though nobody has advanced this rank since: it goes on.
            if let due = stageWake(stage), due <= now { return nil }
            wake.consider(board.until(stage))
        }
        let pending = ingress.reduce(0) { $0 + $1.pendingCount }
        // What is kept for those in front of it is here: if they are lost, nothing is under way.
        let kept = incoming.indices.reduce(0) { $0 + (incoming[$1]?.keptCount ?? 0) }
        return QuietState(
            wake: wake.instant,
            sent: chunksSent,
            received: chunksDelivered + pending + kept
        )
    }

    /// Notes what time it is, for ``ways``; nothing is done.
    public mutating func look(at now: Instant) { lastAdvance = max(lastAdvance, now) }

    /// What became of its impaired and its watched ways so far.
    public var ways: RankWays {
        RankWays(
            marks: egress.flatMap(\.marks).sorted { ($0.strike, $0.peer) < ($1.strike, $1.peer) },
            records: noting(damage, in: wayWatch.records(at: lastAdvance) { board.start(of: $0) }),
            slow: slowWays.ways.sorted { $0.peer < $1.peer }
        )
    }

    /// How near any ingress port came to its rate.
    public var rateShareMax: Double { watches.map(\.shareMax).max() ?? 0 }

    public var isFinished: Bool { board.isOver && egress.allSatisfy(\.isEmpty) }

    /// Instants at which stages ended, index = stage, once all have.
    public var stageEnds: [Instant] { board.ends }

    /// What the first exchange that is under way still waits for; `nil` outside an exchange.
    public var missing: (stage: Int, role: StageRole, from: [(source: Rank, bytes: Int)])? {
        for stage in board.running {
            guard let exchange = incoming[stage] else { continue }
            return (stage, board.role(stage), exchange.missing)
        }
        return nil
    }

    /// When the chunks read so far will all be in: only then can this rank call itself quiet.
    private var settleWake: Instant? {
        let settled = ingress.indices.allSatisfy { ingress[$0].isEmpty } ? deliverMax : arriveMax
        return settled > lastAdvance ? settled : nil
    }
}

/// The earliest of several instants.
struct Earliest {
    private(set) var instant: Instant?

    init(_ instant: Instant? = nil) { self.instant = instant }

    mutating func consider(_ other: Instant?) {
        guard let other else { return }
        if instant.map({ other < $0 }) ?? true { instant = other }
    }
}
