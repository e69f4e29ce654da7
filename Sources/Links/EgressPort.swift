// Where chunks leave a rank: a server with a rate, and in front of it the flows that take turns,
// a chunk at a time. Flows of an earlier stage go before those of a later one.

import ClusterModel

/// One egress port: `depart = max(asked, free) + length / bandwidth; free = depart`.
///
/// Owns no clock. In front of it stands an unbounded queue (design: link model). The first chunk
/// of a message also occupies the port for the link's overhead of a message.
public struct EgressPort: Sendable {
    public let bandwidth: Bandwidth
    private let overhead: Interval
    private var free = Instant(picoseconds: .min / 2)
    private var flows: [EgressFlow] = []
    /// One for each stage with flows that ask, in the order of stages.
    private var queues: [TurnQueue] = []
    private var upcoming: Upcoming? {
        didSet { nextStart = upcoming?.start }
    }
    /// What is known of relayed flows, by their number.
    private var supplies: [Int32: RelaySupply] = [:]
    /// Flows with bytes that have not left.
    private var unfinished = 0
    /// The length whose time was computed last: nearly all chunks have the same.
    private var usual: (length: Int, time: Interval) = (0, .zero)
    /// Ways that are worse than the plan says, by peer.
    private var ways: [Int32: ImpairedWay] = [:]
    /// When it was the turn of flows whose next chunk its way has kept since, by number.
    private var kept: [Int32: Instant] = [:]

    private struct Upcoming {
        let queue: Int
        let flow: Int32
        let start: Instant
    }

    /// When the chunks of a relayed flow came.
    private struct RelaySupply {
        /// When its stage began or its last chunk left: what came before waits until then.
        var ready: Instant
        var arrivals: [Instant] = []
        /// The flow asks as soon as its next chunk is there.
        var isHeld = true
    }

    public init(
        bandwidth: Bandwidth,
        messageOverhead: Interval = .zero,
        impairments: [LinkImpairment] = []
    ) {
        self.bandwidth = bandwidth
        overhead = messageOverhead
        ways = Dictionary(grouping: impairments) { Int32($0.peer.index) }
            .mapValues(ImpairedWay.init)
        stageToCome = ways.values.compactMap(\.stageToCome).min()
    }

    /// The earliest stage with which an impairment begins that has not begun.
    private var stageToCome: Int?

    /// What its impairments have done.
    public var marks: [ImpairmentMark] { ways.values.flatMap(\.marks) }

    public var isEmpty: Bool { unfinished == 0 }

    /// Relayed flows whose next chunk is still to come, counted for each stage.
    private var held: [Int32: Int] = [:]

    /// Whether a chunk that is still to come to this rank could go before the next one: then
    /// nothing may leave ahead of time.
    public var mayBeOvertaken: Bool {
        guard let upcoming else { return false }
        let stage = flows[Int(upcoming.flow)].stage
        // Nor what an impairment that begins meanwhile would hurt.
        if let stageToCome, stageToCome <= stage { return true }
        guard !held.isEmpty else { return false }
        return idlesBeforeNext || held.keys.contains { $0 <= stage }
    }

    /// Whether the port is free before its next chunk asks: any other could then go first.
    public var idlesBeforeNext: Bool { upcoming.map { $0.start > free } ?? false }

    /// The stage of the flow whose turn is next.
    public var nextStage: Int? { upcoming.map { Int(flows[Int($0.flow)].stage) } }

    /// When the next chunk begins to leave, `nil` when none asks.
    public private(set) var nextStart: Instant?

    // MARK: Flows

    /// Queues the flows of a stage, all ready at once; empty ones must have been left out.
    ///
    /// - Returns: the numbers of the relayed ones, in their order: they are held until `supply`
    ///   says that a chunk is there.
    @discardableResult
    public mutating func begin(_ stageFlows: [EgressFlow], at ready: Instant) -> Range<Int32> {
        let from = Int32(flows.count)
        guard let stage = stageFlows.first?.stage else { return from..<from }
        flows += stageFlows.lazy.filter { !$0.isRelayed }
        unfinished += stageFlows.count
        let relayed = Int32(flows.count)
        let index = queue(of: stage)
        queues[index].begin(from..<relayed, at: ready)
        for flow in stageFlows where flow.isRelayed {
            supplies[Int32(flows.count)] = RelaySupply(ready: ready)
            held[stage, default: 0] += 1
            flows.append(flow)
        }
        upcoming = choose()
        return relayed..<Int32(flows.count)
    }

    /// The next chunk of a relayed flow came.
    public mutating func supply(_ flow: Int32, at instant: Instant) {
        supplies[flow]?.arrivals.append(instant)
        guard let supply = supplies[flow], supply.isHeld,
            flows[Int(flow)].sequence < supply.arrivals.count
        else { return }
        supplies[flow]?.isHeld = false
        release(flows[Int(flow)].stage)
        let asked = max(supply.ready, supply.arrivals[flows[Int(flow)].sequence])
        queues[queue(of: flows[Int(flow)].stage)].ask(flow, at: asked)
        upcoming = choose()
    }

    /// A chunk that has left is to leave once more, and asks for that at `instant`.
    ///
    /// - Returns: its bytes; `nil` if there is no such chunk, or it has not left yet.
    public mutating func resend(
        stage: Int,
        stream: Int,
        sequence: Int,
        attempt: Int,
        at instant: Instant
    ) -> Int? {
        guard
            let flow = flows.first(where: { $0.stage == stage && $0.stream == stream }),
            flow.hasLeft(sequence)
        else { return nil }
        let again = EgressFlow(again: flow, sequence: sequence, attempt: attempt)
        flows.append(again)
        unfinished += 1
        queues[queue(of: flow.stage)].ask(Int32(flows.count - 1), at: instant)
        upcoming = choose()
        return again.remaining
    }

    /// The place of a stage's queue, made if there is none.
    private mutating func queue(of stage: Int32) -> Int {
        let index = queues.firstIndex { $0.stage >= stage } ?? queues.count
        if index == queues.count || queues[index].stage != stage {
            queues.insert(TurnQueue(stage: stage), at: index)
        }
        return index
    }

    // MARK: Leaving

    /// Takes the next chunk out.
    ///
    /// A host that is behind by more than `catchUp` shifts the schedule: otherwise a burst above
    /// the line rate would follow the stall.
    public mutating func emit(at now: Instant, catchUp: Interval) -> DepartingChunk? {
        guard let next = upcoming, queues[next.queue].take() != nil else { return nil }
        let number = Int(next.flow)
        let touch = touch(number, at: next.start)
        let flow = flows[number]
        let bytes = time(of: flow.nextLength)
        var modelled = next.start + bytes
        if flow.isFirst, flow.opensMessage { modelled = modelled + overhead }
        let depart = max(modelled, now - catchUp)
        let slip = depart - modelled
        let toll = pass(flow, start: next.start, time: modelled - next.start, depart: depart)
        let chunk = DepartingChunk(
            stage: Int(flow.stage),
            stream: Int(flow.stream),
            sequence: flow.sequence,
            offset: flow.nextOffset,
            length: flow.nextLength,
            attempt: Int(flow.attempt),
            start: next.start + slip,
            depart: depart + toll.slower,
            slip: slip,
            delay: toll.delay,
            span: toll.isSlower ? Interval(seconds: bytes.seconds * toll.stretch) : bytes,
            late: kept.isEmpty ? toll.delay : toll.delay + heldUp(next),
            touch: touch,
            isSlowed: toll.isSlower
        )
        free = depart
        flows[number].left()
        served(next.flow, queue: next.queue, at: depart)
        if queues[next.queue].isEmpty { queues.remove(at: next.queue) }
        upcoming = choose()
        return chunk
    }

    /// How long the way has kept a chunk since its turn came.
    private mutating func heldUp(_ next: Upcoming) -> Interval {
        kept.removeValue(forKey: next.flow).map { next.start - $0 } ?? .zero
    }

    /// Has a flow ask again, or hold, or forgets it.
    private mutating func served(_ number: Int32, queue: Int, at depart: Instant) {
        let flow = flows[Int(number)]
        guard flow.remaining > 0 else {
            unfinished -= 1
            return
        }
        guard flow.isRelayed else {
            queues[queue].askAgain(number, at: depart)
            return
        }
        supplies[number]?.ready = depart
        let arrivals = supplies[number]?.arrivals ?? []
        if flow.sequence < arrivals.count {
            queues[queue].ask(number, at: max(depart, arrivals[flow.sequence]))
        } else {
            supplies[number]?.isHeld = true
            held[flow.stage, default: 0] += 1
        }
    }

    private mutating func release(_ stage: Int32) {
        let left = (held[stage] ?? 1) - 1
        held[stage] = left > 0 ? left : nil
    }

    // MARK: Impaired ways

    /// The rank begins a stage at an instant, and impairments with it.
    public mutating func began(_ stage: Int, at instant: Instant) {
        guard stageToCome != nil else { return }
        var isChanged = false
        for peer in Array(ways.keys) where ways[peer]?.began(stage, at: instant) == true {
            isChanged = true
        }
        guard isChanged else { return }
        stageToCome = ways.values.compactMap(\.stageToCome).min()
        upcoming = choose()
    }

    /// What is done to the next chunk of a flow; one that is overtaken has changed places.
    private mutating func touch(_ number: Int, at start: Instant) -> ChunkTouch? {
        guard !ways.isEmpty, !flows[number].owes else { return nil }
        let chunk = flows[number].next
        guard let (mark, touch) = ways[flows[number].peer]?.touch(chunk, at: start) else {
            return nil
        }
        if touch == .overtaken, !flows[number].swap() { return nil }
        ways[flows[number].peer]?.mark(mark, chunk)
        return touch
    }

    private mutating func pass(
        _ flow: EgressFlow,
        start: Instant,
        time: Interval,
        depart: Instant
    ) -> WayToll {
        guard !ways.isEmpty else { return WayToll() }
        return ways[flow.peer]?.pass(flow.next, start: start, time: time, depart: depart)
            ?? WayToll()
    }

    /// When a word of no bytes that is ready for a peer at `instant` passes on; `nil` if its way
    /// stays down.
    ///
    /// Heads take no time at ports, so it waits for nobody.
    public func passing(to peer: Rank, stage: Int, at instant: Instant) -> Instant? {
        guard let way = ways[Int32(peer.index)] else { return instant }
        return way.passing(stage: stage, at: instant)
    }

    /// The chunk that leaves next; those whose way is shut ask again when it opens.
    private mutating func choose() -> Upcoming? {
        while let next = first() {
            let flow = flows[Int(next.flow)]
            guard !ways.isEmpty, ways[flow.peer] != nil else { return next }
            let turn = ways[flow.peer]?.turn(from: next.start) ?? next.start
            let opening = ways[flow.peer]?.opening(for: flow.next, from: turn)
            if opening == next.start { return next }
            _ = queues[next.queue].take()
            if opening != turn, kept[next.flow] == nil { kept[next.flow] = turn }
            if let opening { queues[next.queue].ask(next.flow, at: opening) }
            if queues[next.queue].isEmpty { queues.remove(at: next.queue) }
        }
        return nil
    }

    /// Of the flows that have asked when the port is free, the one of the earliest stage, and of
    /// those the one that asked first.
    private func first() -> Upcoming? {
        var earliest: Instant?
        for index in queues.indices {
            guard let asked = queues[index].next?.asked else { continue }
            if earliest.map({ asked < $0 }) ?? true { earliest = asked }
        }
        guard let earliest else { return nil }
        let start = max(free, earliest)
        for index in queues.indices {
            guard let turn = queues[index].next, turn.asked <= start else { continue }
            return Upcoming(queue: index, flow: turn.flow, start: start)
        }
        return nil
    }

    private mutating func time(of length: Int) -> Interval {
        if usual.length != length {
            usual = (length, bandwidth.time(for: ByteCount(length)))
        }
        return usual.time
    }
}
