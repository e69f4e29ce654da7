// How fast the ways into a rank are, as it sees them: for proofs of what faults do to links.

import ClusterModel
import Links

/// What came over a way in a step.
public struct WayRecord: Hashable, Sendable {
    public var peer: Rank
    public var bytes: Int
    /// What the way took for them.
    ///
    /// Of each chunk how long its bytes took to leave, and by how much its way held it up, as its
    /// head says; what ports have to do besides is no part of it. Of an exchange that was given up
    /// also the wait for what did not come, since the last that did.
    public var time: Interval
    /// Chunks that were thrown away: they had come before, or were of a step that is over.
    public var doubled = 0
    public var stale = 0
    /// Chunks that came before their turn and waited for it.
    public var early = 0
    /// Host nanoseconds at which the first of these came, 0 if none did or nobody looked.
    public var oddAt: Int64 = 0
    /// Chunks that came with wrong bytes and were asked for again, each time counted.
    public var damaged = 0
    /// Chunks that did not come and were asked for, each time counted.
    public var missed = 0
    /// Payload that came because it was asked for again, whole or not; no part of `bytes` but what
    /// came whole.
    public var resentBytes = 0
    /// Host nanoseconds at which the last of these came whole, 0 if none did or nobody looked.
    public var mendedAt: Int64 = 0

    public init(peer: Rank, bytes: Int, time: Interval) {
        self.peer = peer
        self.bytes = bytes
        self.time = time
    }
}

/// What a rank saw of impaired and watched ways in a step.
public struct RankWays: Hashable, Sendable {
    /// Of its own ways to others: what impairments did, in the order of strikes and peers.
    public var marks: [ImpairmentMark]
    /// Of others' ways to it, in the order of peers.
    public var records: [WayRecord]
    /// Of others' ways to it that are slower than their links' figures, in the order of peers; they
    /// are found whether a fault hurts them or not.
    public var slow: [SlowWay]
    /// The step ended well; of one that was given up, ways are seen up to that moment.
    public var isWhole = true

    public init(
        marks: [ImpairmentMark] = [],
        records: [WayRecord] = [],
        slow: [SlowWay] = []
    ) {
        self.marks = marks
        self.records = records
        self.slow = slow
    }

    public var isEmpty: Bool { marks.isEmpty && records.isEmpty && slow.isEmpty }
}

/// Watches some ways into a rank.
struct WayWatch: Sendable {
    private struct Place: Hashable {
        let stage: Int
        let peer: Rank
    }

    private struct Sight {
        var bytes = 0
        var time = Interval.zero
        var last = Instant(picoseconds: .min / 4)
    }

    /// The most that is told of a way, five hours of emulated time: heads are a peer's word.
    private static let timeMax = Interval(picoseconds: 1 << 54)

    /// What should come, by exchange and way.
    private var expected: [Place: Int] = [:]
    private var seen: [Place: Sight] = [:]

    init(_ program: RankProgram) {
        guard !program.watched.isEmpty else { return }
        let watched = Set(program.watched)
        for (stage, work) in program.stages.enumerated() {
            for stream in work.exchange?.receives ?? [] where watched.contains(stream.peer) {
                expected[Place(stage: stage, peer: stream.peer), default: 0] += stream.run.bytes
            }
        }
    }

    var isEmpty: Bool { expected.isEmpty }

    /// A chunk came that is at the receiver's port at `arrive`.
    mutating func record(_ chunk: ChunkHeader, at arrive: Instant) {
        let place = Place(stage: chunk.stage, peer: chunk.source)
        guard expected[place] != nil else { return }
        var sight = seen[place] ?? Sight()
        sight.bytes += chunk.length
        sight.time = min(Self.timeMax, sight.time + chunk.span + chunk.late)
        sight.last = max(sight.last, arrive)
        seen[place] = sight
    }

    /// What came so far, in the order of peers; `start` says when an exchange began, `nil` if it
    /// has not.
    func records(at now: Instant, start: (Int) -> Instant?) -> [WayRecord] {
        var sums: [Rank: WayRecord] = [:]
        for (place, bytes) in expected {
            guard let since = start(place.stage), since <= now else { continue }
            let sight = seen[place] ?? Sight()
            let waited = sight.bytes == bytes ? .zero : now - max(since, sight.last)
            var sum = sums[place.peer] ?? WayRecord(peer: place.peer, bytes: 0, time: .zero)
            sum.bytes += sight.bytes
            sum.time = min(Self.timeMax, sum.time + sight.time + max(.zero, waited))
            sums[place.peer] = sum
        }
        return sums.values.sorted { $0.peer < $1.peer }
    }
}
