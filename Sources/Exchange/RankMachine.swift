// One rank's view of one step: what it may send when, what has reached it, which stage it is in.
// A value without socket, timer or clock: `now` is always an argument. The real worker and the
// simulation play the same machine.

import ClusterModel
import Links
import Statistics

/// What the shell has to do.
public enum RankAction: Sendable, Equatable {
    /// Hand this chunk to the socket of its destination, now.
    case send(DepartingChunk)
    /// Stage `index` of the program ended at `at`.
    case stageEnded(index: Int, at: Instant)
    /// All stages ended. Chunks for others may still have to leave.
    case finished(at: Instant)
}

/// How the machine is paced.
public struct RankPacing: Sendable, Equatable {
    /// The most bytes of a chunk.
    public var chunk: ByteCount
    /// How long before it begins to leave by the model a chunk may go to its socket.
    public var window: Interval
    /// How far a late host may catch up before the schedule shifts.
    public var catchUp: Interval

    public init(chunk: ByteCount, window: Interval, catchUp: Interval) {
        self.chunk = chunk
        self.window = window
        self.catchUp = catchUp
    }
}

/// A rank that waits for nothing but its own modelled duration or for bytes nobody has sent yet.
public struct QuietState: Sendable, Equatable {
    /// When it goes on by itself; `nil` when only bytes can wake it.
    public let wake: Instant?
    /// Chunks handed to sockets and chunks delivered, since the step began.
    public let sent: Int
    public let received: Int
}

/// One rank's view of one step.
public struct RankMachine: Sendable {
    private enum State: Sendable, Equatable {
        /// Built, not begun: chunks of faster ranks may already arrive.
        case idle
        /// In a modelled duration that ends at `until`; the next exchange's flows are queued.
        case waiting(until: Instant)
        /// In the exchange with this number.
        case exchanging(Int)
        /// Every stage has ended.
        case finished
    }

    public let rank: Rank
    private let ports: PortMap
    private let pacing: RankPacing
    private let program: RankProgram
    private let routes: [Route?]
    private let ingressRoutes: [Route?]
    private var egress: [EgressPort]
    private var ingress: [IngressPort]
    private var incoming: [IncomingExchange] = []
    private var state = State.idle
    private var stage = 0
    private var nextExchange = 0
    /// Instants at which stages ended, as far as they have.
    public private(set) var stageEnds: [Instant] = []
    /// Lateness of every chunk that was let through, and slip of every one that left late.
    public private(set) var lateness = LatenessHistogram()
    public private(set) var chunksSent = 0
    public private(set) var chunksReceived = 0
    private var chunksDelivered = 0
    private var lastAdvance = Instant(picoseconds: .min / 2)

    public init(rank: Rank, program: RankProgram, ports: PortMap, pacing: RankPacing) {
        self.rank = rank
        self.program = program
        self.ports = ports
        self.pacing = pacing
        routes = ports.layout.ranks.map { $0 == rank ? nil : ports.route(from: rank, to: $0) }
        ingressRoutes = ports.layout.ranks.map {
            $0 == rank ? nil : ports.route(from: $0, to: rank)
        }
        egress = (0..<ports.portCount).map {
            EgressPort(bandwidth: ports.bandwidth(ofPort: $0), chunk: pacing.chunk)
        }
        ingress = (0..<ports.portCount).map {
            IngressPort(bandwidth: ports.bandwidth(ofPort: $0))
        }
        for case .exchange(let send, let receive) in program.stages {
            invariant(
                send.count == ports.layout.world && receive.count == ports.layout.world,
                "rank \(rank): an exchange of \(send.count) and \(receive.count) ranks in a world "
                    + "of \(ports.layout.world)"
            )
            incoming.append(IncomingExchange(expected: receive, receiver: rank))
        }
    }

    /// The step is appointed: it starts at `Instant.zero`, before which chunks may leave early.
    public mutating func begin(at now: Instant, _ actions: inout [RankAction]) {
        invariant(state == .idle, "rank \(rank): begun twice")
        enterStage(at: .zero, &actions)
        advance(to: now, &actions)
    }

    /// Whether this chunk is one this rank expects next; asked before its payload is read.
    public func check(_ chunk: ChunkHeader) throws(ChunkViolation) {
        guard incoming.indices.contains(chunk.exchange) else {
            throw .unknownExchange(chunk.exchange)
        }
        guard abs(chunk.depart.picoseconds / 4) < Int64.max / 16 else {
            throw .departsTooLate(chunk.depart)
        }
        try incoming[chunk.exchange].check(chunk, chunkMax: pacing.chunk)
    }

    /// A chunk has been read whole.
    ///
    /// It must have passed `check`.
    public mutating func received(_ chunk: ChunkHeader, at now: Instant) {
        guard let route = ingressRoutes[chunk.source.index] else { return }
        let arrive = chunk.depart + route.latency
        incoming[chunk.exchange].read(chunk, arrive: arrive)
        chunksReceived += 1
        ingress[route.ingress].receive(
            Arrival(
                arrive: arrive,
                source: chunk.source,
                exchange: chunk.exchange,
                sequence: chunk.sequence,
                length: chunk.length,
                readAt: now
            )
        )
    }

    /// Lets time pass: sends what may leave, delivers what has come, ends stages.
    public mutating func advance(to now: Instant, _ actions: inout [RankAction]) {
        guard state != .idle else { return }
        lastAdvance = now
        serve(at: now)
        progress(at: now, &actions)
        emit(at: now, &actions)
    }

    /// When `advance` has something to do without any further event.
    public var nextWake: Instant? {
        var wake = [stageWake, settleWake].compactMap(\.self).min()
        let lead = Interval(picoseconds: pacing.window.picoseconds / 2)
        for port in egress {
            guard let start = port.nextStart else { continue }
            let early = start - lead
            if wake.map({ early < $0 }) ?? true { wake = early }
        }
        return wake
    }

    /// Set while this rank neither sends nor receives and nothing it sent early is under way to
    /// being due: the condition for jumping over a modelled duration.
    public func quiet(at now: Instant) -> QuietState? {
        let horizon = now + pacing.window
        for port in egress {
            if let start = port.nextStart, start <= horizon { return nil }
        }
        for port in ingress where !port.isEmpty { return nil }
        for exchange in incoming where exchange.deliverMax > now { return nil }
        // A stage that is over, though nobody has advanced this rank since: it goes on at once.
        if let wake = stageWake, wake <= now { return nil }
        let wake: Instant? =
            switch state {
            case .waiting(let until): until
            case .idle, .exchanging, .finished: nil
            }
        return QuietState(wake: wake, sent: chunksSent, received: chunksDelivered)
    }

    public var isFinished: Bool { state == .finished && egress.allSatisfy(\.isEmpty) }

    /// What the present exchange still waits for; empty outside an exchange.
    public var missing: (exchange: Int, from: [(source: Rank, bytes: Int)])? {
        guard case .exchanging(let index) = state else { return nil }
        return (index, incoming[index].missing)
    }

    // MARK: Stages

    private var stageWake: Instant? {
        switch state {
        case .idle, .finished:
            return nil
        case .waiting(let until):
            return until
        case .exchanging(let index):
            guard incoming[index].unread == 0 else { return nil }
            return incoming[index].undelivered > 0
                ? incoming[index].arriveMax : incoming[index].deliverMax
        }
    }

    /// When the chunks read so far will all be in: only then can this rank call itself quiet.
    private var settleWake: Instant? {
        var arriveMax = lastAdvance
        var deliverMax = lastAdvance
        for exchange in incoming {
            arriveMax = max(arriveMax, exchange.arriveMax)
            deliverMax = max(deliverMax, exchange.deliverMax)
        }
        let settled = ingress.allSatisfy(\.isEmpty) ? deliverMax : arriveMax
        return settled > lastAdvance ? settled : nil
    }

    /// Enters the stage that comes next at `start`; flows of an exchange are queued as soon as
    /// their instant is known, so that they may leave early.
    private mutating func enterStage(at start: Instant, _ actions: inout [RankAction]) {
        guard stage < program.stages.count else {
            state = .finished
            actions.append(.finished(at: start))
            return
        }
        switch program.stages[stage] {
        case .wait(let length):
            let until = start + length
            state = .waiting(until: until)
            if stage + 1 < program.stages.count,
                case .exchange(let send, _) = program.stages[stage + 1]
            {
                queue(send, exchange: nextExchange, ready: until)
            }
        case .exchange(let send, _):
            let followsWait: Bool
            if stage > 0, case .wait = program.stages[stage - 1] {
                followsWait = true
            } else {
                followsWait = false
            }
            if !followsWait { queue(send, exchange: nextExchange, ready: start) }
            state = .exchanging(nextExchange)
            nextExchange += 1
        }
    }

    private mutating func progress(at now: Instant, _ actions: inout [RankAction]) {
        while let end = stageEnd(at: now) {
            stageEnds.append(end)
            actions.append(.stageEnded(index: stage, at: end))
            stage += 1
            enterStage(at: end, &actions)
        }
    }

    /// When the present stage ended, if it has by `now`.
    ///
    /// A modelled duration ends at its modelled instant; an exchange ends when the clock shows that
    /// its last chunk is in.
    private func stageEnd(at now: Instant) -> Instant? {
        switch state {
        case .idle, .finished:
            return nil
        case .waiting(let until):
            return until <= now ? until : nil
        case .exchanging(let index):
            let exchange = incoming[index]
            guard exchange.undelivered == 0, exchange.deliverMax <= now else { return nil }
            let start = stageEnds.last ?? .zero
            // Nothing to wait for: it ends as it begins.
            return exchange.isEmpty || now < start ? start : now
        }
    }

    // MARK: Chunks

    /// Destinations in rotated order, so that not all ranks begin with rank 0.
    private mutating func queue(_ send: [Int], exchange: Int, ready: Instant) {
        for step in 1..<max(2, send.count) {
            let peer = (rank.index + step) % send.count
            guard let route = routes[peer] else { continue }
            egress[route.egress].add(
                EgressFlow(
                    exchange: exchange,
                    destination: Rank(peer),
                    ready: ready,
                    bytes: ByteCount(send[peer])
                )
            )
        }
    }

    private mutating func emit(at now: Instant, _ actions: inout [RankAction]) {
        let horizon = now + pacing.window
        for index in egress.indices {
            while let start = egress[index].nextStart, start <= horizon,
                let chunk = egress[index].emit(at: now, catchUp: pacing.catchUp)
            {
                chunksSent += 1
                if chunk.slip > .zero { lateness.record(picoseconds: chunk.slip.picoseconds) }
                actions.append(.send(chunk))
            }
        }
    }

    private mutating func serve(at now: Instant) {
        for index in ingress.indices {
            while let delivery = ingress[index].serve(at: now) {
                chunksDelivered += 1
                lateness.record(picoseconds: delivery.lateness.picoseconds)
                incoming[delivery.arrival.exchange].delivered(
                    delivery.arrival.length,
                    at: delivery.deliver
                )
            }
        }
    }
}
