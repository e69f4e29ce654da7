// Where chunks enter a rank. The port serves them in the order in which they arrive by the
// model, not in the order in which the host happened to read them: they wait here, inside the
// window by which they were sent early, until their instant has come.

import ClusterModel
import HeapModule

/// A chunk that was read from a socket and has its modelled instant of arrival.
public struct Arrival: Sendable, Equatable, Comparable {
    public let arrive: Instant
    public let source: Rank
    public let exchange: Int
    public let sequence: Int
    public let length: Int
    /// When the host had read it.
    public let readAt: Instant

    public init(
        arrive: Instant,
        source: Rank,
        exchange: Int,
        sequence: Int,
        length: Int,
        readAt: Instant
    ) {
        self.arrive = arrive
        self.source = source
        self.exchange = exchange
        self.sequence = sequence
        self.length = length
        self.readAt = readAt
    }

    public static func < (a: Arrival, b: Arrival) -> Bool {
        (a.arrive.picoseconds, a.source.index, a.exchange, a.sequence)
            < (b.arrive.picoseconds, b.source.index, b.exchange, b.sequence)
    }
}

/// A chunk the port has let through.
public struct Delivery: Sendable, Equatable {
    public let arrival: Arrival
    /// When it is wholly in, by the model.
    public let deliver: Instant
    /// Actual minus modelled delivery; zero when the host had it in time.
    public let lateness: Interval
}

/// One ingress port: `deliver = max(arrive, free + length / bandwidth); free = deliver`.
public struct IngressPort: Sendable {
    public let bandwidth: Bandwidth
    private var free = Instant(picoseconds: .min / 2)
    private var pending = Heap<Arrival>()

    public init(bandwidth: Bandwidth) { self.bandwidth = bandwidth }

    public var isEmpty: Bool { pending.isEmpty }

    /// When the chunk that comes next arrives.
    public var nextArrival: Instant? { pending.min?.arrive }

    public mutating func receive(_ arrival: Arrival) { pending.insert(arrival) }

    /// Lets the next chunk through if it has arrived by `now`.
    public mutating func serve(at now: Instant) -> Delivery? {
        guard let next = pending.min, next.arrive <= now else { return nil }
        pending.removeMin()
        let deliver = max(next.arrive, free + bandwidth.time(for: ByteCount(next.length)))
        free = deliver
        return Delivery(
            arrival: next,
            deliver: deliver,
            lateness: max(.zero, next.readAt - deliver)
        )
    }
}
