// Slow ways that ranks found, put down to the strikes that explain them.

import ClusterModel
import Exchange
import Faults
import Links

/// What a way is worse in.
enum WaySort: Hashable, CaseIterable {
    case slow, late

    /// What an effect makes of a way, `nil` of one that costs no time.
    init?(_ effect: LinkEffect) {
        switch effect {
        case .rate: self = .slow
        case .delay, .loss, .down, .flap: self = .late
        case .touch: return nil
        }
    }

    func count(in way: SlowWay) -> Int { self == .slow ? way.slow : way.late }
}

/// The slow ways that ranks have told of in the segment that is being played.
struct SlowWayBook: Sendable {
    private(set) var seen: [RankWay: SlowWay] = [:]

    mutating func add(_ ways: [SlowWay], of rank: Rank) {
        for way in ways { seen[RankWay(from: way.peer, to: rank)] = way }
    }

    mutating func take() -> [RankWay: SlowWay] {
        defer { seen = [:] }
        return seen
    }
}

extension FaultBook {
    /// Puts down what ranks have found since this was called last, to strikes that hold in the segment
    /// that is or was played; what none of them explains is a false alarm, each way once a segment.
    public mutating func findSlowWays() {
        guard !slowWays.seen.isEmpty else { return }
        let seen = slowWays.take()
        let used = usedWays
        for sort in WaySort.allCases {
            let slow = seen.filter { sort.count(in: $0.value) > 0 }
            let names = SlowWayNames(Set(slow.keys), of: used, over: ports)
            let strikes = links.filter { WaySort($0.effect) == sort && $0.cover != nil }
            falseAlarms += slow.keys.count { way in !strikes.contains { $0.ways.contains(way) } }
            for strike in strikes {
                find(strike, sort, slow.filter { strike.ways.contains($0.key) }, names)
            }
        }
    }

    /// Ways over which something goes in the segment.
    private var usedWays: Set<RankWay> {
        var used: Set<RankWay> = []
        for (rank, program) in clock.programs.enumerated() {
            for stage in program.stages {
                for stream in stage.exchange?.sends ?? [] where stream.run.bytes > 0 {
                    used.insert(RankWay(from: Rank(rank), to: stream.peer))
                }
            }
        }
        return used
    }

    /// The first time a strike is found stands.
    private mutating func find(
        _ strike: LinkStrike,
        _ sort: WaySort,
        _ slow: [RankWay: SlowWay],
        _ names: SlowWayNames
    ) {
        guard outcomes[strike.id].applied != nil, outcomes[strike.id].detection == nil,
            let name = names.name(of: Set(slow.keys))
        else { return }
        let finders = Set(slow.keys.map(\.to))
        let seenAt = slow.values.map(\.seenAt).filter { $0 > 0 }.min()
        var detection = FaultDetection(
            discoverer: finders.count == 1 ? "rank \(finders.first ?? Rank(0))" : "coordinator",
            cause: name.cause,
            afterMs: strike.sentAt > 0 ? seenAt.map { Double($0 - strike.sentAt) / 1e6 } : nil
        )
        detection.others = name.others
        detection.symptom = sort.symptom(of: Array(slow.values))
        if strike.router == clock.router, clock.isMeasured,
            let arrive = slow.values.map(\.arrive).min()
        {
            detection.at = FaultStamp(step: clock.step, time: stamp.time + (arrive - .zero))
        }
        outcomes[strike.id].detection = detection
        if let index = links.firstIndex(where: { $0.id == strike.id }) { prove(index) }
    }
}

extension WaySort {
    fileprivate func symptom(of ways: [SlowWay]) -> LinkSymptom {
        switch self {
        case .slow: .slower(factor: ways.map(\.factor).min() ?? 1)
        case .late: .later(ways.map(\.delay).min() ?? .zero)
        }
    }
}
