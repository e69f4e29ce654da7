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
    /// Every chunk that crossed a link.
    public let crossings: [Crossing]
}

/// A chunk on its way over a link.
public struct Crossing: Sendable, Equatable {
    /// When its first byte leaves.
    public let start: Instant
    /// When its last byte reaches the other side.
    public let arrive: Instant
    public let bytes: Int

    public init(start: Instant, arrive: Instant, bytes: Int) {
        self.start = start
        self.arrive = arrive
        self.bytes = bytes
    }
}

/// Nothing is left to happen, and yet a rank has not finished.
public struct Stall: Error, Sendable, Equatable, CustomStringConvertible {
    public let rank: Rank
    public let exchange: Int
    public let missing: Int

    public var description: String {
        "rank \(rank) waits for \(missing) bytes of exchange \(exchange) that nobody sends: the "
            + "programs of the ranks do not fit together"
    }
}

/// Plays one step in virtual time.
public struct StepSimulation {
    private struct Wake: Comparable {
        let at: Instant
        let rank: Int

        static func < (a: Wake, b: Wake) -> Bool {
            (a.at.picoseconds, a.rank) < (b.at.picoseconds, b.rank)
        }
    }

    private var machines: [RankMachine]
    private var wakes = Heap<Wake>()
    /// The wake-up each rank is queued for, to queue it once.
    private var queued: [Instant?]
    private var actions: [RankAction] = []
    private let ports: PortMap
    private var crossings: [Crossing] = []

    /// Takes what each rank does, index = rank, and the chunk size of the real run.
    public init(programs: [RankProgram], ports: PortMap, chunk: ByteCount) {
        let pacing = RankPacing(chunk: chunk, window: .zero, catchUp: .zero)
        machines = programs.enumerated().map {
            RankMachine(rank: Rank($0), program: $1, ports: ports, pacing: pacing)
        }
        queued = Array(repeating: nil, count: programs.count)
        self.ports = ports
    }

    /// Runs to the end.
    public mutating func run() throws(Stall) -> StepTimes {
        let start = Instant.zero
        for rank in machines.indices {
            machines[rank].begin(at: start, &actions)
            try perform(from: rank, at: start)
        }
        while let wake = wakes.popMin() {
            guard queued[wake.rank] == wake.at else { continue }
            queued[wake.rank] = nil
            machines[wake.rank].advance(to: wake.at, &actions)
            try perform(from: wake.rank, at: wake.at)
        }
        for machine in machines where !machine.isFinished {
            let missing = machine.missing
            throw Stall(
                rank: machine.rank,
                exchange: missing?.exchange ?? -1,
                missing: missing?.from.reduce(0) { $0 + $1.bytes } ?? 0
            )
        }
        return StepTimes(
            stageEnds: machines.map(\.stageEnds),
            crossings: crossings
        )
    }

    private mutating func perform(from rank: Int, at now: Instant) throws(Stall) {
        let performed = actions
        actions.removeAll(keepingCapacity: true)
        for case .send(let chunk) in performed {
            let route = ports.route(from: Rank(rank), to: chunk.destination)
            crossings.append(
                Crossing(
                    start: chunk.start,
                    arrive: chunk.depart + route.latency,
                    bytes: chunk.length
                )
            )
            let header = ChunkHeader(
                exchange: chunk.exchange,
                source: Rank(rank),
                sequence: chunk.sequence,
                offset: chunk.offset,
                length: chunk.length,
                depart: chunk.depart
            )
            let destination = chunk.destination.index
            do throws(ChunkViolation) {
                try machines[destination].check(header)
            } catch {
                throw Stall(
                    rank: chunk.destination,
                    exchange: chunk.exchange,
                    missing: chunk.length
                )
            }
            machines[destination].received(header, at: now)
            schedule(destination, after: now)
        }
        schedule(rank, after: now)
    }

    private mutating func schedule(_ rank: Int, after now: Instant) {
        guard let wake = machines[rank].nextWake.map({ max($0, now) }) else { return }
        if let present = queued[rank], present <= wake { return }
        queued[rank] = wake
        wakes.insert(Wake(at: wake, rank: rank))
    }
}
