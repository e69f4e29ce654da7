// Where chunks leave a rank: a server with a rate, and in front of it one queue for each
// destination, served round-robin, a chunk at a time, so that flows share the port fairly.

import ClusterModel

/// Bytes of one exchange waiting at an egress port for one destination.
public struct EgressFlow: Sendable, Equatable {
    public let exchange: Int
    public let destination: Rank
    /// No chunk of the flow starts to leave before.
    public let ready: Instant
    public var offset = 0
    public var sequence = 0
    public let total: Int

    public init(exchange: Int, destination: Rank, ready: Instant, bytes: ByteCount) {
        self.exchange = exchange
        self.destination = destination
        self.ready = ready
        total = bytes.value
    }

    var remaining: Int { total - offset }
}

/// A chunk that has been given its instant of departure.
public struct DepartingChunk: Sendable, Equatable {
    public let exchange: Int
    public let destination: Rank
    public let sequence: Int
    public let offset: Int
    public let length: Int
    /// When its first byte enters the port.
    public let start: Instant
    /// When its last byte has left the port.
    public let depart: Instant
    /// How much later than modelled it leaves because the host was behind.
    public let slip: Interval
}

/// One egress port: `depart = max(ready, free) + length / bandwidth; free = depart`.
///
/// Owns no clock. In front of it stands an unbounded queue (design: link model).
public struct EgressPort: Sendable {
    public let bandwidth: Bandwidth
    private let chunk: ByteCount
    private let fullChunkTime: Interval
    private var free: Instant
    private var flows: [EgressFlow] = []
    /// The flow whose turn it is.
    private var turn = 0
    private var upcoming: Upcoming?

    private struct Upcoming {
        let flow: Int
        let start: Instant
        let length: Int
        let depart: Instant
    }

    /// - Parameters:
    ///   - bandwidth: of the port, one direction.
    ///   - chunk: the most bytes that leave in one turn.
    public init(bandwidth: Bandwidth, chunk: ByteCount) {
        self.bandwidth = bandwidth
        self.chunk = chunk
        fullChunkTime = bandwidth.time(for: chunk)
        free = Instant(picoseconds: .min / 2)
    }

    /// Queues a flow behind those that stand here; an empty one is forgotten.
    public mutating func add(_ flow: EgressFlow) {
        guard flow.total > 0 else { return }
        flows.append(flow)
        upcoming = choose()
    }

    public var isEmpty: Bool { flows.isEmpty }

    /// When the next chunk begins to leave, `nil` when nothing waits.
    public var nextStart: Instant? { upcoming?.start }

    /// Takes the next chunk out.
    ///
    /// A host that is behind by more than `catchUp` shifts the schedule: otherwise a burst above
    /// the line rate would follow the stall.
    public mutating func emit(at now: Instant, catchUp: Interval) -> DepartingChunk? {
        guard let next = upcoming else { return nil }
        let depart = max(next.depart, now - catchUp)
        let slip = depart - next.depart
        let chunk = takeChunk(next, depart: depart, slip: slip)
        free = depart
        upcoming = choose()
        return chunk
    }

    private mutating func takeChunk(
        _ next: Upcoming,
        depart: Instant,
        slip: Interval
    ) -> DepartingChunk {
        let flow = flows[next.flow]
        let chunk = DepartingChunk(
            exchange: flow.exchange,
            destination: flow.destination,
            sequence: flow.sequence,
            offset: flow.offset,
            length: next.length,
            start: next.start + slip,
            depart: depart,
            slip: slip
        )
        flows[next.flow].offset += next.length
        flows[next.flow].sequence += 1
        if flows[next.flow].remaining == 0 {
            flows.remove(at: next.flow)
            turn = next.flow
        } else {
            turn = next.flow + 1
        }
        if turn >= flows.count { turn = 0 }
        return chunk
    }

    /// Among the flows that are ready when the port is free, the one whose turn it is.
    private func choose() -> Upcoming? {
        guard var earliest = flows.first?.ready else { return nil }
        for flow in flows where flow.ready < earliest { earliest = flow.ready }
        let start = max(free, earliest)
        var index = turn
        while flows[index].ready > start {
            index += 1
            if index == flows.count { index = 0 }
        }
        let length = min(chunk.value, flows[index].remaining)
        let time =
            length == chunk.value ? fullChunkTime : bandwidth.time(for: ByteCount(length))
        return Upcoming(flow: index, start: start, length: length, depart: start + time)
    }
}
