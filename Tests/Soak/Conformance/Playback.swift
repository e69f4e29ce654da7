// A step of real bytes in virtual time, with everything written down: not the product's
// simulation, so that both can be held against each other and against the rules.

import ClusterModel
import Exchange
import Links

/// Machines, their bytes, and every chunk that crossed.
public struct Playback {
    /// A chunk that was handed to a socket.
    public struct Sent: Sendable, Equatable {
        public let source: Rank
        public let stream: OutgoingStream
        public let chunk: DepartingChunk
        /// When it was handed over.
        public let at: Instant
    }

    public private(set) var sent: [Sent] = []
    var machines: [RankMachine]
    var memories: [RankMemory]
    private var wakes: [Instant?]
    private var books: [PassageBook] = []
    private let memory: UnsafeMutableRawBufferPointer
    private let space: SharedPortSpace?
    private var actions: [RankAction] = []
    /// A step has not so many events: one that has never ends.
    private static let eventsMax = 5_000_000

    /// Plays to the end.
    public init(_ step: SoakCase, window: Interval = .zero) throws {
        let pacing = RankPacing(chunk: step.chunk, window: window, catchUp: .zero)
        machines = step.programs.enumerated().map {
            RankMachine(rank: Rank($0), program: $1, ports: step.ports, pacing: pacing)
        }
        memories = step.programs.enumerated().map { RankMemory(Rank($0), $1, step) }
        wakes = Array(repeating: nil, count: machines.count)
        let shape = SharedPortShape(
            ports: step.ports.sharedPortCount,
            world: machines.count,
            capacity: 1 << 14,
            slots: 1 << 13
        )
        memory = .allocate(byteCount: max(8, shape.byteCount), alignment: 64)
        defer { memory.deallocate() }
        if shape.ports > 0 {
            space = SharedPortSpace(memory: memory, ports: step.ports, shape: shape)
            space?.reset()
            books = machines.map { PassageBook(rank: $0.rank, shape: shape) }
        } else {
            space = nil
        }
        try run()
    }

    public var stageEnds: [[Instant]] { machines.map(\.stageEnds) }
    public var finish: Instant { stageEnds.compactMap { $0.max() }.max() ?? .zero }

    private mutating func run() throws {
        for rank in machines.indices {
            machines[rank].begin(at: .zero, &actions)
            try perform(rank, at: .zero)
        }
        var now = Instant.zero
        var events = 0
        while let (rank, at) = next {
            events += 1
            try require(events < Self.eventsMax, "no end after \(events) events")
            now = max(now, at)
            guard let rank else {
                settle(at: now)
                continue
            }
            machines[rank].advance(to: now, &actions)
            try perform(rank, at: now)
        }
        for machine in machines {
            try require(machine.isFinished, "rank \(machine.rank) waits for ever")
        }
    }

    /// The rank that wakes first, or none if a chunk enters a shared port before.
    private var next: (rank: Int?, at: Instant)? {
        var next: (rank: Int?, at: Instant)?
        if let entry = space?.nextEntry { next = (nil, entry) }
        for (rank, wake) in wakes.enumerated() {
            if let wake, wake < next?.at ?? Instant(picoseconds: .max) { next = (rank, wake) }
        }
        return next
    }

    private mutating func settle(at now: Instant) {
        guard let space else { return }
        space.serve(upTo: now)
        for rank in machines.indices where !books[rank].isEmpty {
            books[rank].settle(&machines[rank], from: space)
            wakes[rank] = machines[rank].nextWake()
        }
    }

    private mutating func perform(_ rank: Int, at now: Instant) throws {
        let performed = actions
        actions.removeAll()
        for case .send(let chunk, let stream) in performed {
            try carry(chunk, stream, from: rank, at: now)
        }
        wakes[rank] = machines[rank].nextWake()
    }

    private mutating func carry(
        _ chunk: DepartingChunk,
        _ stream: OutgoingStream,
        from rank: Int,
        at now: Instant
    ) throws {
        let to = stream.peer.index
        let header = ChunkHeader(
            stage: chunk.stage,
            source: Rank(rank),
            stream: stream.slot,
            sequence: chunk.sequence,
            offset: chunk.offset,
            length: chunk.length,
            depart: chunk.depart
        )
        try machines[to].check(header)
        let bytes = memories[rank].read(chunk, stream)
        memories[to].write(bytes, header)
        sent.append(Sent(source: Rank(rank), stream: stream, chunk: chunk, at: now))
        if let passage = machines[to].received(header, at: now).first, let space {
            let hasRoom = books[to].begin(passage, in: space)
            try require(hasRoom, "no room at a shared port")
        }
        wakes[to] = machines[to].nextWake()
    }
}
