// One way out of a rank that is impaired: when its chunks may begin to leave, how much later they
// arrive, which of them are touched. What is drawn goes by the chunk, not by the order of asking.

import ClusterModel

/// What a way does to a chunk that leaves.
struct WayToll: Equatable {
    /// How much longer than its port it takes to pass, and how many times as long.
    var slower = Interval.zero
    var stretch = 1.0
    /// How much later than its passing it arrives.
    var delay = Interval.zero

    var isSlower: Bool { stretch > 1 }
}

/// A chunk, as far as a way has to know it.
struct WayChunk {
    let stage: Int
    let stream: Int
    let sequence: Int
    /// How often it has left before: what is drawn for it is drawn anew each time.
    var attempt = 0
}

/// The way from a rank to one peer.
struct ImpairedWay: Sendable {
    private var impairments: [LinkImpairment]
    /// By impairment.
    private var counts: [Int]
    private var firsts: [(stage: Int, sequence: Int)?]
    /// When the way itself, slower than the port, is free.
    private var free = Instant(picoseconds: .min / 2)
    /// The last arrival so far: a way keeps its order.
    private var lastArrival = Instant(picoseconds: .min / 2)

    init(_ impairments: [LinkImpairment]) {
        self.impairments = impairments
        counts = impairments.map { _ in 0 }
        firsts = impairments.map { _ in nil }
    }

    /// What each impairment has done, those left out that did nothing.
    var marks: [ImpairmentMark] {
        impairments.indices.compactMap { index in
            firsts[index].map {
                ImpairmentMark(
                    strike: impairments[index].strike,
                    chunks: counts[index],
                    stage: $0.stage,
                    peer: impairments[index].peer,
                    sequence: $0.sequence
                )
            }
        }
    }

    /// The earliest stage with which an impairment begins that has not begun.
    var stageToCome: Int? {
        impairments.filter { $0.length != nil }.map(\.stages.lowerBound).min()
    }

    /// The rank begins a stage; whether any impairment begins with it.
    mutating func began(_ stage: Int, at instant: Instant) -> Bool {
        var isChanged = false
        for index in impairments.indices where impairments[index].began(stage, at: instant) {
            isChanged = true
        }
        return isChanged
    }

    /// An impairment, by its place, has done something to a chunk.
    mutating func mark(_ index: Int, _ chunk: WayChunk) {
        counts[index] += 1
        if firsts[index] == nil { firsts[index] = (chunk.stage, chunk.sequence) }
    }

    // MARK: Beginning to leave

    /// A way that so many down times in a row keep shut stays so: flaps may take turns without a gap.
    private static let roundsMax = 10_000

    /// When it is the turn of a chunk that could begin to leave at `asked` by its port: once what
    /// went before it on its way has passed.
    func turn(from asked: Instant) -> Instant { max(asked, free) }

    /// When a chunk whose turn it is may begin to leave: later if the way is down, `nil` if it stays
    /// down for good.
    mutating func opening(for chunk: WayChunk, from turn: Instant) -> Instant? {
        var start = turn
        var (marked, rounds): (Set<Int>, Int) = ([], 0)
        while let (indices, end) = obstacles(chunk.stage, at: start) {
            for index in indices where marked.insert(index).inserted { mark(index, chunk) }
            rounds += 1
            guard end < LinkImpairment.always.upperBound, rounds < Self.roundsMax else {
                return nil
            }
            start = end
        }
        return start
    }

    /// When a word without bytes, ready at `instant`, is on its way: once that is not down, and
    /// later by what is added to the way's latency.
    func passing(stage: Int, at instant: Instant) -> Instant? {
        var (start, rounds) = (instant, 0)
        while let (_, end) = obstacles(stage, at: start) {
            rounds += 1
            guard end < LinkImpairment.always.upperBound, rounds < Self.roundsMax else {
                return nil
            }
            start = end
        }
        var later = Interval.zero
        for impairment in impairments where impairment.concerns(stage: stage, at: start) {
            if case .delay(let added, _) = impairment.effect { later += added }
        }
        return start + later
    }

    /// All that keeps a chunk from beginning to leave at an instant, and until when the longest of
    /// it does.
    private func obstacles(
        _ stage: Int,
        at instant: Instant
    ) -> (indices: [Int], end: Instant)? {
        var found: (indices: [Int], end: Instant)?
        for (index, impairment) in impairments.enumerated()
        where impairment.concerns(stage: stage, at: instant) {
            guard let end = impairment.end(ofDownTimeAt: instant) else { continue }
            found = ((found?.indices ?? []) + [index], max(found?.end ?? end, end))
        }
        return found
    }

    // MARK: Leaving

    /// What is done to a chunk that begins to leave, and by which impairment.
    func touch(_ chunk: WayChunk, at start: Instant) -> (index: Int, touch: ChunkTouch)? {
        for (index, impairment) in impairments.enumerated()
        where impairment.concerns(stage: chunk.stage, at: start) {
            guard case .touch(let touch, let ratio) = impairment.effect,
                Self.hits(ratio, impairment, chunk)
            else { continue }
            return (index, touch)
        }
        return nil
    }

    /// A chunk leaves: by the model it begins at `start` and takes `time` at its port, which it has
    /// left at `depart`.
    mutating func pass(
        _ chunk: WayChunk,
        start: Instant,
        time: Interval,
        depart: Instant
    ) -> WayToll {
        var toll = WayToll()
        var factor = 1.0
        for (index, impairment) in impairments.enumerated()
        where impairment.concerns(stage: chunk.stage, at: start) {
            switch impairment.effect {
            case .down, .flap, .touch: continue
            case .rate(let share): factor *= share
            case .delay(let added, let jitter):
                toll.delay += added
                var random = Self.draw(impairment, chunk)
                toll.delay += Interval(seconds: jitter.seconds * random.nextUnit())
            case .loss(let ratio, let delay):
                guard Self.hits(ratio, impairment, chunk) else { continue }
                toll.delay += delay
            }
            mark(index, chunk)
        }
        if factor < 1 {
            toll.stretch = 1 / factor
            toll.slower = Interval(seconds: time.seconds * (1 / factor - 1))
        }
        free = depart + toll.slower
        lastArrival = max(lastArrival, free + toll.delay)
        toll.delay = lastArrival - free
        return toll
    }

    private static func draw(_ impairment: LinkImpairment, _ chunk: WayChunk) -> SeededRandom {
        SeededRandom(
            seed: impairment.seed,
            UInt64(impairment.peer.index),
            UInt64(chunk.stage),
            UInt64(chunk.stream),
            UInt64(chunk.sequence) | UInt64(chunk.attempt) << 40
        )
    }

    private static func hits(
        _ ratio: Ratio,
        _ impairment: LinkImpairment,
        _ chunk: WayChunk
    ) -> Bool {
        var random = draw(impairment, chunk)
        return ratio.hits(&random)
    }
}
