// One strike at links: what it hurts, and what ranks saw of it.

import ClusterModel
import Exchange
import Faults
import Links

/// Bytes over ways, and how long they took.
struct WayTally: Hashable, Sendable {
    /// Sums of an older step are of no interest.
    var step = -1
    var bytes = 0
    var time = Interval.zero

    mutating func add(_ record: WayRecord, step: Int) {
        if step != self.step { self = WayTally(step: step) }
        bytes += record.bytes
        time += record.time
    }

    /// Bytes a second of emulated time, `nil` if nothing was to come.
    var rate: Double? { time > .zero ? Double(bytes) / time.seconds : nil }
}

/// A strike at links.
struct LinkStrike: Sendable {
    let id: Int
    let effect: LinkEffect
    /// What its receivers can find, `nil` if there is nothing to be found by order.
    let sort: OddSort?
    let ways: Set<RankWay>
    /// Ranks whose ways to others they are.
    let senders: Set<Rank>
    /// The router in whose steps it was applied first: that one's clock tells when it began and healed.
    var router: Int?
    /// By router: the last step before it, the first in which it hurt a chunk, the first after it.
    private var before: [Int: WayTally] = [:]
    private var during: [Int: WayTally] = [:]
    private var after: [Int: WayTally] = [:]
    /// The first step of each router in which it hurt a chunk.
    private var hurtIn: [Int: Int] = [:]
    /// The last attempt with it that was given up.
    private var broken: [Int: WayTally] = [:]
    private(set) var chunks = 0
    private(set) var first: FaultedChunk?
    private var firstStage = 0
    /// Chunks of those that it touched that their receivers found.
    private(set) var odd = 0
    /// Who found the first of them, on which way, and when, host nanoseconds.
    private(set) var oddFirst: (way: RankWay, at: Int64)?
    private var oddSegment: [Int] = []
    /// Its finding is that of its receivers.
    var isFoundByReceivers = false
    /// The attempt at a step in which it was ended by hand: later ones go without it.
    var endedIn: Int?
    /// Chunks that were sent again in steps that ended well, and when the last of them came, host
    /// nanoseconds, 0 if that is not known.
    private(set) var mended = 0
    private(set) var mendedAt: Int64 = 0
    /// When the first chunk that it hurt went to its socket, 0 if that is not known.
    private(set) var sentAt: Int64 = 0
    /// What it covers of the segment that is being played; until the programs of the next are made, of
    /// the last.
    ///
    /// No chunk can see that: what chunks meet is in the programs, which are made after this is. It is
    /// not cleared in between, for a copy of a chunk may still come and break its connection while the
    /// next segment is prepared, and then it is the last one's.
    var cover: FaultCover?
    private var wasCovered = false

    init?(_ event: FaultEvent, over ports: PortMap) {
        guard let effect = event.effect else { return nil }
        id = event.id
        self.effect = effect
        sort = OddSort(effect)
        ways = Set(event.ways(over: ports))
        senders = Set(ways.map(\.from))
    }

    /// The impairments of a segment, by the rank whose ways they are.
    func impairments(seed: UInt64) -> [(rank: Rank, impairment: LinkImpairment)] {
        guard let cover else { return [] }
        return ways.sorted().map { way in
            let impairment = LinkImpairment(
                strike: id,
                peer: way.to,
                stages: cover.stages,
                from: cover.time.lowerBound,
                until: cover.end(on: way.from),
                length: cover.length,
                effect: effect,
                seed: seed
            )
            return (way.from, impairment)
        }
    }

    /// Of several ranks' the first chunk is that of the earliest stage and the lowest rank: which
    /// rank tells first is chance.
    mutating func saw(_ mark: ImpairmentMark, first chunk: FaultedChunk, of router: Int) {
        chunks += mark.chunks
        if hurtIn[router] == nil { hurtIn[router] = chunk.step }
        let order = { (chunk: FaultedChunk, stage: Int) in
            [chunk.step, stage, chunk.from.index, chunk.to.index]
        }
        let isEarlier = first.map {
            order(chunk, mark.stage).lexicographicallyPrecedes(order($0, firstStage))
        }
        if isEarlier ?? true { (first, firstStage) = (chunk, mark.stage) }
        if mark.sentAt > 0 { sentAt = sentAt > 0 ? min(sentAt, mark.sentAt) : mark.sentAt }
    }

    /// Whether what it does is put right by sending chunks again.
    private var isMendable: Bool {
        switch effect {
        case .touch(.corrupt, _), .touch(.swallowed, _): true
        case .touch, .rate, .delay, .down, .flap, .loss: false
        }
    }

    /// Whether its receivers must have found it, for it to be proven.
    var isFoundByOrder: Bool {
        switch effect {
        case .touch(.doubled, _), .touch(.followedByStale, _), .touch(.overtaken, _): true
        case .touch, .rate, .delay, .down, .flap, .loss: false
        }
    }

    /// `isWhole`: the segment ended well; `attempt` tells those apart that did not.
    mutating func saw(
        _ record: WayRecord,
        isWhole: Bool,
        clock: FaultClock
    ) {
        // What another strike of the way has hurt before or after is not this one's.
        if isWhole, isMendable, cover != nil, let sort, sort.count(in: record) > 0 {
            mended += sort.count(in: record)
            mendedAt = max(mendedAt, record.mendedAt)
        }
        let (step, router) = (clock.step, clock.router)
        if cover != nil { wasCovered = true }
        guard isWhole else {
            if cover != nil {
                broken[router, default: WayTally()].add(record, step: clock.attempt)
            }
            return
        }
        if cover != nil {
            // It may begin or end in a step behind or before all that goes over its ways there.
            if during[router].map({ $0.step == step || $0.step != hurtIn[router] }) ?? true {
                during[router, default: WayTally()].add(record, step: step)
            }
        } else if !wasCovered {
            before[router, default: WayTally()].add(record, step: step)
        } else if after[router].map({ $0.step == step }) ?? true {
            after[router, default: WayTally()].add(record, step: step)
        }
    }

    /// Chunks that it touched were found by their receiver.
    ///
    /// Which rank of a segment tells first is chance: of those that found some in the first such
    /// segment it is the one with the lowest way, and the time is the earliest.
    mutating func claim(_ claim: TouchBook.Claim, on way: RankWay, clock: FaultClock) {
        let segment = [clock.step, clock.router, clock.attempt]
        if let first = oddFirst {
            if segment == oddSegment {
                let known: [Int64] = [first.at, claim.at].filter { $0 > 0 }
                oddFirst = (min(way, first.way), known.min() ?? 0)
            }
        } else {
            (oddFirst, oddSegment) = ((way, claim.at), segment)
        }
        odd += claim.chunks
    }

    /// What the first router with both saw, of rates with the strike and without.
    var rates: FaultProof? {
        for router in Set(during.keys).union(broken.keys).sorted() {
            guard let rate = during[router]?.rate ?? broken[router]?.rate else { continue }
            let (before, after) = (before[router]?.rate, after[router]?.rate)
            guard before != nil || after != nil else { continue }
            return .rates(before: before, during: rate, after: after)
        }
        return nil
    }
}
