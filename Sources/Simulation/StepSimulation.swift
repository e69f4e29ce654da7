// A step of the whole cluster in virtual time, in one process: the same machines that the
// workers play, and no host between them. A chunk reaches its destination's machine the moment
// it leaves; what happens when is the machines' business.

import ClusterModel
import Exchange
import HeapModule
import Links

/// When the stages of a step ended, a row for each rank.
public struct StepTimes: Sendable {
    public let stageEnds: [[Instant]]
    /// What became of impaired and watched ways, index = rank.
    public let ways: [RankWays]
    /// Every chunk that crossed a link, if they were asked for.
    public let crossings: [Crossing]
}

/// Nothing is left to happen, and yet a rank has not finished.
public struct Stall: Error, Sendable, Equatable, CustomStringConvertible {
    public let rank: Rank
    public let stage: Int
    public let missing: Int
    /// They came damaged as often as is borne; in virtual time there is no connection to make anew,
    /// and no step is done again.
    public var areDamaged = false

    public init(rank: Rank, stage: Int, missing: Int, areDamaged: Bool = false) {
        self.rank = rank
        self.stage = stage
        self.missing = missing
        self.areDamaged = areDamaged
    }

    public var description: String {
        areDamaged
            ? "\(missing) bytes of stage \(stage) came damaged to rank \(rank) as often as is borne, "
                + "and in virtual time no step is done again: raise recovery.resend_max, or use "
                + "'moecluster run'"
            : "rank \(rank) waits for \(missing) bytes of stage \(stage) that nobody sends: a fault "
                + "keeps them back for good or as often as is borne (recovery.resend_max), and in "
                + "virtual time no step is done again; without faults the programs of the ranks do "
                + "not fit together"
    }
}

/// Plays one step in virtual time.
public struct StepSimulation {
    private struct Wake: Comparable {
        let at: Instant
        let rank: Int32

        static func < (a: Wake, b: Wake) -> Bool {
            a.at == b.at ? a.rank < b.rank : a.at < b.at
        }
    }

    private var machines: [RankMachine]
    private var wakes = Heap<Wake>()
    /// The wake-up each rank is queued for, to queue it once.
    private var queued: [Instant?]
    private var actions: [RankAction] = []
    private let ports: PortMap
    private var passages: SharedPassages?
    private let recordsCrossings: Bool
    private let resends: ResendLimits?
    /// How far it has come.
    private var now = Instant.zero
    /// Round of each stage in its exchange.
    private let rounds: [Int]
    private var crossings: [Crossing] = []

    /// Takes what each rank does, index = rank, and the chunk size of the real run.
    ///
    /// Without `resends` chunks that faults damage count as whole: what breaks connections is played
    /// on workers only.
    public init(
        programs: [RankProgram],
        ports: PortMap,
        chunk: ByteCount,
        resends: ResendLimits? = nil,
        recordsCrossings: Bool = false
    ) {
        let pacing = RankPacing(chunk: chunk, window: .zero, catchUp: .zero, resends: resends)
        machines = programs.enumerated().map {
            RankMachine(rank: Rank($0), program: $1, ports: ports, pacing: pacing)
        }
        queued = Array(repeating: nil, count: programs.count)
        self.ports = ports
        self.recordsCrossings = recordsCrossings
        self.resends = resends
        rounds = programs.first?.stages.map(\.role.round) ?? []
        passages = ports.sharedPortCount > 0 ? SharedPassages(ports) : nil
    }

    /// Runs to the end.
    public mutating func run() throws(Stall) -> StepTimes {
        for rank in machines.indices {
            machines[rank].begin(at: .zero, &actions)
            try perform(from: rank, at: .zero)
        }
        try play()
        while try askForMissing() { try play() }
        try checkFinished()
        return StepTimes(
            stageEnds: machines.map(\.stageEnds),
            ways: machines.map(\.ways),
            crossings: crossings
        )
    }

    /// Plays until nobody goes on by itself.
    private mutating func play() throws(Stall) {
        while let wake = nextWake() {
            now = max(now, wake.at)
            if let passages, let entry = passages.nextEntry, entry <= wake.at {
                settlePassages(at: entry)
                continue
            }
            wakes.removeMin()
            let rank = Int(wake.rank)
            queued[rank] = nil
            machines[rank].advance(to: wake.at, &actions)
            try perform(from: rank, at: wake.at)
        }
    }

    /// Nobody moves: who waits asks for what has not come, as workers do.
    ///
    /// - Returns: whether anybody asked; how often they may is limited.
    private mutating func askForMissing() throws(Stall) -> Bool {
        guard resends != nil, let first = machines.earliestMissing else { return false }
        var hasAsked = false
        for rank in machines.indices where !machines[rank].isFinished {
            machines[rank].askForMissing(upTo: first, at: now)
            machines[rank].advance(to: now, &actions)
            hasAsked = hasAsked || !actions.isEmpty
            try perform(from: rank, at: now)
        }
        return hasAsked
    }

    /// The next wake-up that still holds, or the next chunk at a shared port.
    private mutating func nextWake() -> Wake? {
        while let wake = wakes.min {
            if queued[Int(wake.rank)] == wake.at { return wake }
            wakes.removeMin()
        }
        return passages?.nextEntry.map { Wake(at: $0, rank: 0) }
    }

    private func checkFinished() throws(Stall) {
        for machine in machines where !machine.isFinished {
            let missing = machine.missing
            throw Stall(
                rank: machine.rank,
                stage: missing?.stage ?? -1,
                missing: missing?.from.reduce(0) { $0 + $1.bytes } ?? 0
            )
        }
    }

    private mutating func perform(from rank: Int, at now: Instant) throws(Stall) {
        var index = 0
        while index < actions.count {
            switch actions[index] {
            case .send(let chunk, let stream): try carry(chunk, stream, from: rank, at: now)
            case .ask(let request, let source):
                try ask(request, of: source.index, at: now)
            case .stageEnded, .reached, .finished: break
            }
            index += 1
        }
        actions.removeAll(keepingCapacity: true)
        schedule(rank, after: now)
    }

    private mutating func carry(
        _ chunk: DepartingChunk,
        _ stream: OutgoingStream,
        from rank: Int,
        at now: Instant
    ) throws(Stall) {
        let destination = stream.peer.index
        if recordsCrossings {
            let route = ports.route(from: Rank(rank), to: stream.peer)
            crossings.append(
                Crossing(
                    start: chunk.start,
                    arrive: chunk.departs + route.latency,
                    bytes: chunk.length,
                    mayLeaveEarly: stream.supply == .own && rounds[chunk.stage] == 0
                )
            )
        }
        var header = ChunkHeader(
            stage: chunk.stage,
            source: Rank(rank),
            stream: stream.slot,
            sequence: chunk.sequence,
            offset: chunk.offset,
            length: chunk.length,
            depart: chunk.departs,
            span: chunk.span,
            late: chunk.late
        )
        let turn = turn(of: header, at: destination)
        guard turn != .past, chunk.touch != .swallowed || resends == nil else { return }
        if chunk.touch == .corrupt, resends != nil {
            guard machines[destination].asksAgain(for: header) else {
                throw Stall(
                    rank: stream.peer,
                    stage: chunk.stage,
                    missing: chunk.length,
                    areDamaged: true
                )
            }
            header.isDamaged = true
        }
        switch turn {
        case nil: throw Stall(rank: stream.peer, stage: chunk.stage, missing: chunk.length)
        case .past: return
        case .early:
            machines[destination].keep(header)
            schedule(destination, after: now)
            return
        case .next, .again: break
        }
        let passed = machines[destination].received(header, at: now)
        for passage in passed { passages?.begin(passage, of: destination) }
        if passed.isEmpty { schedule(destination, after: now) }
    }

    private mutating func ask(
        _ request: ChunkRequest,
        of source: Int,
        at now: Instant
    ) throws(Stall) {
        do throws(ChunkViolation) {
            try machines[source].asked(request)
        } catch {
            throw Stall(rank: request.asker, stage: request.stage, missing: 0)
        }
        schedule(source, after: now)
    }

    private mutating func turn(of header: ChunkHeader, at destination: Int) -> ChunkTurn? {
        try? machines[destination].turn(of: header)
    }

    private mutating func settlePassages(at now: Instant) {
        guard let ranks = passages?.serve(upTo: now, &machines) else { return }
        for rank in ranks { schedule(rank, after: now) }
    }

    private mutating func schedule(_ rank: Int, after now: Instant) {
        guard let next = machines[rank].nextWake() else { return }
        let wake = max(next, now)
        if let present = queued[rank], present <= wake { return }
        queued[rank] = wake
        wakes.insert(Wake(at: wake, rank: Int32(rank)))
    }
}
