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
    let ways: Set<RankWay>
    /// By router: the last step before it, the first with it, the first after it.
    private var before: [Int: WayTally] = [:]
    private var during: [Int: WayTally] = [:]
    private var after: [Int: WayTally] = [:]
    private(set) var chunks = 0
    private(set) var first: FaultedChunk?
    /// What it covers of the segment that is being played.
    var cover: FaultCover?
    private var wasCovered = false

    init?(_ event: FaultEvent, over ports: PortMap) {
        guard let effect = event.effect else { return nil }
        id = event.id
        self.effect = effect
        ways = Set(event.ways(over: ports))
    }

    /// The impairments of a segment, by the rank whose ways they are.
    func impairments(seed: UInt64) -> [(rank: Rank, impairment: LinkImpairment)] {
        guard let cover else { return [] }
        return ways.sorted { ($0.from, $0.to) < ($1.from, $1.to) }.map { way in
            let impairment = LinkImpairment(
                strike: id,
                peer: way.to,
                stages: cover.stages,
                from: cover.time.lowerBound,
                until: cover.time.upperBound,
                effect: effect,
                seed: seed
            )
            return (way.from, impairment)
        }
    }

    mutating func saw(_ mark: ImpairmentMark, first chunk: FaultedChunk) {
        chunks += mark.chunks
        if first == nil { first = chunk }
    }

    mutating func saw(_ record: WayRecord, step: Int, router: Int) {
        if cover != nil {
            wasCovered = true
            if during[router].map({ $0.step == step }) ?? true {
                during[router, default: WayTally()].add(record, step: step)
            }
        } else if !wasCovered {
            before[router, default: WayTally()].add(record, step: step)
        } else if after[router].map({ $0.step == step }) ?? true {
            after[router, default: WayTally()].add(record, step: step)
        }
    }

    /// What the first router with both saw, of rates with the strike and without.
    var rates: FaultProof? {
        for router in during.keys.sorted() {
            guard let rate = during[router]?.rate else { continue }
            let (before, after) = (before[router]?.rate, after[router]?.rate)
            guard before != nil || after != nil else { continue }
            return .rates(before: before, during: rate, after: after)
        }
        return nil
    }
}
