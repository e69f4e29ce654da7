// Where chunks enter a rank. The port serves them in the order in which they arrive by the
// model, not in the order in which the host happened to read them: they wait here, inside the
// window by which they were sent early, until their instant has come.

import ClusterModel
import HeapModule

/// A chunk that was read from a socket and has its modelled instant of arrival.
public struct Arrival: Sendable, Equatable, Comparable {
    public let arrive: Instant
    private let sourceIndex: Int32
    private let stageIndex: Int32
    private let streamIndex: Int32
    /// Its complement if the chunk is damaged.
    private let sequenceNumber: Int32
    public let length: Int
    /// When the host had read it.
    public let readAt: Instant

    public init(
        arrive: Instant,
        source: Rank,
        stage: Int,
        stream: Int,
        sequence: Int,
        length: Int,
        readAt: Instant,
        isDamaged: Bool = false
    ) {
        self.arrive = arrive
        sourceIndex = Int32(source.index)
        stageIndex = Int32(stage)
        streamIndex = Int32(stream)
        let number = Int32(truncatingIfNeeded: sequence)
        sequenceNumber = isDamaged ? ~number : number
        self.length = length
        self.readAt = readAt
    }

    public var stage: Int { Int(stageIndex) }
    public var stream: Int { Int(streamIndex) }
    public var source: Rank { Rank(Int(sourceIndex)) }
    public var sequence: Int { Int(isDamaged ? ~sequenceNumber : sequenceNumber) }
    /// Its bytes are not those that were sent: it takes its time at the port, and is of no use.
    public var isDamaged: Bool { sequenceNumber < 0 }

    public static func < (a: Arrival, b: Arrival) -> Bool {
        if a.arrive != b.arrive { return a.arrive < b.arrive }
        if a.sourceIndex != b.sourceIndex { return a.sourceIndex < b.sourceIndex }
        if a.stageIndex != b.stageIndex { return a.stageIndex < b.stageIndex }
        if a.streamIndex != b.streamIndex { return a.streamIndex < b.streamIndex }
        return a.sequence < b.sequence
    }
}

/// A chunk the port has let through.
public struct Delivery: Sendable, Equatable {
    public let arrival: Arrival
    /// When it is wholly in: by the model, or when the host had read it if that was later.
    public let deliver: Instant
    /// Actual minus modelled delivery; zero when the host had it in time.
    public let lateness: Interval
}

/// One ingress port: `deliver = max(arrive, free + length / bandwidth); free = deliver`.
///
/// A late chunk occupies the port when it comes, not when it should have come: what follows it is
/// pushed back, so that no stretch of time ever sees more bytes than the link's rate allows.
public struct IngressPort: Sendable {
    public let bandwidth: Bandwidth
    private var free = Instant(picoseconds: .min / 2)
    private var pending = Heap<Arrival>()
    /// The length whose time was computed last: nearly all chunks have the same.
    private var usual: (length: Int, time: Interval) = (0, .zero)

    public init(bandwidth: Bandwidth) { self.bandwidth = bandwidth }

    public var isEmpty: Bool { pending.isEmpty }

    /// Chunks that have been read and have not arrived.
    public var pendingCount: Int { pending.count }

    /// When the chunk that comes next arrives.
    public var nextArrival: Instant? { pending.min?.arrive }

    public mutating func receive(_ arrival: Arrival) { pending.insert(arrival) }

    /// Lets the next chunk through if it has arrived by `now`.
    public mutating func serve(at now: Instant) -> Delivery? {
        guard let next = pending.min, next.arrive <= now else { return nil }
        pending.removeMin()
        let modelled = max(next.arrive, free + time(of: next.length))
        free = max(modelled, next.readAt)
        return Delivery(
            arrival: next,
            deliver: free,
            lateness: max(.zero, next.readAt - modelled)
        )
    }

    private mutating func time(of length: Int) -> Interval {
        if usual.length != length {
            usual = (length, bandwidth.time(for: ByteCount(length)))
        }
        return usual.time
    }
}
