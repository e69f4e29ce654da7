// Which ways into a rank are slow, as it sees them: from the times in the heads of chunks and the
// figures of the links, whatever the plan's faults say.

import ClusterModel
import Links

/// A way whose chunks took clearly longer than its link's figures say, in a step.
public struct SlowWay: Hashable, Sendable {
    public var peer: Rank
    /// Chunks whose bytes took longer to leave, and how many times as long the quickest of them.
    public var slow = 0
    public var factor = 0.0
    /// Chunks that came later than their turn and their bytes account for, and by how much the one
    /// that was least late.
    public var late = 0
    public var delay = Interval.zero
    /// When the first of them was here, on the step's clock.
    public var arrive: Instant
    /// Host nanoseconds at which the first of them was read, 0 if nobody looked.
    public var seenAt: Int64 = 0

    public init(peer: Rank, arrive: Instant) {
        self.peer = peer
        self.arrive = arrive
    }
}

/// Compares each chunk that comes with what its link's figures say.
///
/// A head says when it was the chunk's turn at its sender's port, how long its bytes took to leave
/// and when they had left. A port serves one chunk at a time: sharing it, like sharing what comes
/// behind it, makes chunks wait for their turn and does not make them take longer once it has come.
/// So on a way that nothing hurts both times are the figures', to the rounding of the head.
public struct SlowWayWatch: Sendable {
    /// A chunk that takes so many times as long as the figures say is slow.
    ///
    /// Nothing but the way makes one take longer at all, so the factor need not leave room for noise:
    /// it says what is worth telling. It is far above rounding, and below 8/7, the mildest that chaos
    /// draws.
    public static let factor = 1.1

    /// The most that chunks of a length may take over a class of link.
    private struct Limits {
        var length = -1
        var time = Interval.zero
        var span = Interval.zero
        var late = Interval.zero
    }

    private var limits = Array(repeating: Limits(), count: LinkClass.allCases.count)
    /// In the order in which they were seen first.
    public private(set) var ways: [SlowWay] = []

    public init() {}

    /// A chunk came over `route`, whose link has `rate`.
    mutating func see(_ chunk: ChunkHeader, over route: Route, _ rate: LinkRate) {
        let place = route.link.place
        if limits[place].length != chunk.length { learn(chunk.length, at: place, rate) }
        let isSlow = chunk.span > limits[place].span
        let isLate = chunk.late > limits[place].late
        guard isSlow || isLate else { return }
        let arrive = chunk.depart + route.latency
        let index = ways.firstIndex { $0.peer == chunk.source } ?? ways.count
        if index == ways.count { ways.append(SlowWay(peer: chunk.source, arrive: arrive)) }
        if isSlow {
            let factor = chunk.span.seconds / limits[place].time.seconds
            ways[index].noteSlow(factor)
        }
        if isLate { ways[index].noteLate(chunk.late) }
    }

    private mutating func learn(_ length: Int, at place: Int, _ rate: LinkRate) {
        let time = rate.bandwidth.time(for: ByteCount(length))
        let most = { (time: Interval) in
            Interval(picoseconds: Int64(Double(time.picoseconds) * Self.factor))
        }
        limits[place] = Limits(
            length: length,
            time: time,
            span: most(time),
            late: most(time + rate.latency) - (time + rate.latency)
        )
    }

    /// The way seen last for the first time was seen at a host instant.
    public mutating func note(seenAt: Int64) {
        guard !ways.isEmpty else { return }
        ways[ways.count - 1].seenAt = seenAt
    }
}

extension SlowWay {
    fileprivate mutating func noteSlow(_ factor: Double) {
        self.factor = slow == 0 ? factor : min(self.factor, factor)
        slow += 1
    }

    fileprivate mutating func noteLate(_ delay: Interval) {
        self.delay = late == 0 ? delay : min(self.delay, delay)
        late += 1
    }
}

extension LinkClass {
    /// Its place among all classes.
    fileprivate var place: Int {
        switch self {
        case .hccs: 0
        case .pcie: 1
        case .roce: 2
        }
    }
}
