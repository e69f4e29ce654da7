// A way between two ranks that is worse than the plan says, as a fault has it.

import ClusterModel

/// What becomes of the chunks of an impaired way.
public enum LinkEffect: Hashable, Sendable {
    /// The way's rate is `factor` of its port's, more than 0 and less than 1. Other ways use what
    /// it leaves of the port.
    case rate(factor: Double)
    /// Every chunk arrives later by `added` and a drawn part of `jitter`.
    case delay(added: Interval, jitter: Interval)
    /// Nothing begins to leave.
    case down
    /// Down for the first half of each `period`, up for the second.
    case flap(period: Interval)
    /// A share of chunks arrives `delay` later.
    case loss(Ratio, delay: Interval)
    /// A share of chunks is touched on its way.
    case touch(ChunkTouch, Ratio)
}

/// What is done to a chunk that is touched.
public enum ChunkTouch: Hashable, Sendable {
    /// It comes twice.
    case doubled
    /// The next one goes before it.
    case overtaken
    /// A bit is flipped after the checksum was made.
    case corrupt
    /// It ends before its head says.
    case truncated
    /// It never comes, and nobody says so.
    case swallowed
    /// One of `age` exchanges ago comes after it.
    case followedByStale(age: Int)
}

/// An effect on one way out of a rank, for a stretch of a step.
public struct LinkImpairment: Hashable, Sendable {
    /// The number of the strike that it belongs to.
    public var strike: Int
    /// Where the way leads.
    public var peer: Rank
    /// The stages of the rank's program that it concerns.
    public var stages: Range<Int>
    /// Of the step's clock; a chunk is concerned if it would begin to leave in between.
    public var from: Instant
    public var until: Instant
    /// Of one that begins with the first of its stages: how long it lasts from the instant at which
    /// this rank begins that stage, which nobody knows beforehand.
    public var length: Interval?
    public var effect: LinkEffect
    /// Of what it draws.
    public var seed: UInt64

    /// Before and after everything.
    public static let always =
        Instant(picoseconds: .min / 4)..<Instant(picoseconds: .max / 4)

    public init(
        strike: Int,
        peer: Rank,
        stages: Range<Int>,
        from: Instant = always.lowerBound,
        until: Instant = always.upperBound,
        length: Interval? = nil,
        effect: LinkEffect,
        seed: UInt64
    ) {
        self.strike = strike
        self.peer = peer
        self.stages = stages
        self.from = from
        self.until = until
        self.length = length
        self.effect = effect
        self.seed = seed
    }

    func concerns(stage: Int, at instant: Instant) -> Bool {
        // Whose stage has not begun holds nothing yet.
        length == nil && from <= instant && instant < until && stages.contains(stage)
    }

    /// Until when nothing can begin to leave, at an instant that it concerns; `nil` if something can.
    func end(ofDownTimeAt instant: Instant) -> Instant? {
        switch effect {
        case .down: return until
        case .flap(let period):
            // One that has held since before the step goes up and down from its start.
            let since = instant - max(from, .zero)
            let phase = Interval(picoseconds: max(0, since.picoseconds) % period.picoseconds)
            let half = Interval(picoseconds: period.picoseconds / 2)
            return phase < half ? min(until, instant + (half - phase)) : nil
        case .rate, .delay, .loss, .touch: return nil
        }
    }

    /// The rank begins a stage; whether this one begins with it.
    mutating func began(_ stage: Int, at instant: Instant) -> Bool {
        guard let length, stage == stages.lowerBound else { return false }
        (from, until) = (instant, instant + length)
        self.length = nil
        return true
    }
}

/// What an impairment has done so far.
public struct ImpairmentMark: Hashable, Sendable {
    public var strike: Int
    /// Chunks that it held up, delayed or touched.
    public var chunks: Int
    /// The first of them.
    public var stage: Int
    public var peer: Rank
    public var sequence: Int
    /// Host nanoseconds at which the first touched one went to its socket, 0 if none did.
    public var sentAt: Int64 = 0

    public init(strike: Int, chunks: Int, stage: Int, peer: Rank, sequence: Int) {
        self.strike = strike
        self.chunks = chunks
        self.stage = stage
        self.peer = peer
        self.sequence = sequence
    }
}
