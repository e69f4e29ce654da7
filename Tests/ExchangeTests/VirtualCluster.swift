import ClusterModel
import Exchange
import Links

/// Chunks between machines in virtual time, with everything written down: not the product's
/// simulation, so that it can be held against the rules of the link model.
struct VirtualCluster {
    struct Sent: Equatable {
        let source: Rank
        let stream: OutgoingStream
        let chunk: DepartingChunk

        var destination: Rank { stream.peer }
    }

    private(set) var machines: [RankMachine]
    private(set) var sent: [Sent] = []
    private var actions: [RankAction] = []
    /// Whether a chunk comes with other bytes than it left with.
    var isDamaged: (Sent) -> Bool = { _ in false }
    /// Chunks that were asked for again, and those that may not be any more.
    private(set) var asked: [ChunkRequest] = []
    private(set) var givenUp = 0
    /// Chunks that faults swallowed.
    private(set) var swallowed = 0
    /// Chunks that came whole, in their order.
    private(set) var whole: [ChunkHeader] = []

    init(_ programs: [RankProgram], over ports: PortMap, pacing: RankPacing) {
        machines = programs.enumerated().map {
            RankMachine(rank: Rank($0), program: $1, ports: ports, pacing: pacing)
        }
    }

    /// Plays to the end; the machine that wakes next goes next.
    mutating func run() throws(ChunkViolation) {
        for rank in machines.indices {
            machines[rank].begin(at: .zero, &actions)
            try deliver(from: rank, at: .zero)
        }
        var now = Instant.zero
        try play(&now)
        // Nobody goes on by itself.
        while swallowed > 0, try askForMissing(at: now) { try play(&now) }
    }

    private mutating func askForMissing(at now: Instant) throws(ChunkViolation) -> Bool {
        let before = asked.count
        guard let first = machines.earliestMissing else { return false }
        for rank in machines.indices where !machines[rank].isFinished {
            machines[rank].askForMissing(upTo: first, at: now)
            machines[rank].advance(to: now, &actions)
            try deliver(from: rank, at: now)
        }
        return asked.count > before
    }

    private mutating func play(_ now: inout Instant) throws(ChunkViolation) {
        while let next = machines.indices.filter({ machines[$0].nextWake() != nil })
            .min(by: { (machines[$0].nextWake() ?? now) < (machines[$1].nextWake() ?? now) })
        {
            now = max(now, machines[next].nextWake() ?? now)
            machines[next].advance(to: now, &actions)
            try deliver(from: next, at: now)
        }
    }

    private mutating func deliver(from rank: Int, at now: Instant) throws(ChunkViolation) {
        let performed = actions
        actions.removeAll()
        for action in performed {
            switch action {
            case .send(let chunk, let stream):
                try carry(Sent(source: Rank(rank), stream: stream, chunk: chunk), at: now)
            case .ask(let request, let source):
                asked.append(request)
                try machines[source.index].asked(request)
            case .stageEnded, .reached, .finished: break
            }
        }
    }

    private mutating func carry(_ sent: Sent, at now: Instant) throws(ChunkViolation) {
        // A chunk that is given up ends its connection.
        guard givenUp == 0 else { return }
        let (chunk, destination) = (sent.chunk, sent.destination.index)
        var header = ChunkHeader(
            stage: chunk.stage,
            source: sent.source,
            stream: sent.stream.slot,
            sequence: chunk.sequence,
            offset: chunk.offset,
            length: chunk.length,
            depart: chunk.depart
        )
        guard chunk.touch != .swallowed else {
            self.sent.append(sent)
            swallowed += 1
            return
        }
        let turn = try machines[destination].turn(of: header)
        let isEarly = turn == .early && swallowed > 0
        if turn != .again, !isEarly { try machines[destination].check(header) }
        self.sent.append(sent)
        if isEarly {
            whole.append(header)
            machines[destination].keep(header)
            return
        }
        header.isDamaged = isDamaged(sent)
        if header.isDamaged, !machines[destination].asksAgain(for: header) {
            givenUp += 1
            return
        }
        if !header.isDamaged { whole.append(header) }
        _ = machines[destination].received(header, at: now)
    }

    var finish: Instant { machines.compactMap(\.stageEnds.last).max() ?? .zero }
}
