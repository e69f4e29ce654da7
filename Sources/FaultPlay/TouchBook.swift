// Chunks that senders touched, and those that their receivers found to be so. Where strikes of the
// same sort hurt the same way, each chunk that was found is evidence of one of them.

import Exchange
import Links

/// What a receiver can see of a chunk that was touched.
enum OddSort: Hashable, Sendable, CaseIterable {
    case doubled, stale, early, damaged, missed

    /// What becomes of chunks of an effect, `nil` of one that leaves nothing to be seen by order.
    init?(_ effect: LinkEffect) {
        switch effect {
        case .touch(.doubled, _): self = .doubled
        case .touch(.followedByStale, _): self = .stale
        case .touch(.overtaken, _): self = .early
        case .touch(.corrupt, _): self = .damaged
        case .touch(.swallowed, _): self = .missed
        case .touch(.truncated, _), .rate, .delay, .down, .flap, .loss: return nil
        }
    }

    func count(in record: WayRecord) -> Int {
        switch self {
        case .doubled: record.doubled
        case .stale: record.stale
        case .early: record.early
        case .damaged: record.damaged
        case .missed: record.missed
        }
    }
}

/// Pairs what was touched with what was found.
///
/// The two ends of a way tell in any order, and a copy may be found a segment later: what has no
/// counterpart yet waits for it. Nobody's are chunks that are never touched, as those that come
/// early behind one that was swallowed.
struct TouchBook: Sendable {
    /// Chunks of a sort that a strike has touched or a receiver has found.
    struct Place: Hashable, Sendable {
        let way: RankWay
        let sort: OddSort
    }

    /// Chunks that were found, of a strike.
    struct Claim: Equatable {
        let strike: Int
        let chunks: Int
        /// Host nanoseconds at which the first was found, 0 if that is not known.
        let at: Int64
    }

    /// By strike, those that nobody has found yet.
    private var touched: [Place: [Int: Int]] = [:]
    private var found: [Place: (chunks: Int, at: Int64)] = [:]

    /// A strike touched chunks.
    mutating func touch(_ chunks: Int, at place: Place, by strike: Int) -> [Claim] {
        touched[place, default: [:]][strike, default: 0] += chunks
        return pair(at: place)
    }

    /// A receiver found chunks, the first of them at a host instant.
    mutating func find(_ chunks: Int, at place: Place, since: Int64) -> [Claim] {
        guard chunks > 0 else { return [] }
        let waiting = found[place]
        found[place] = ((waiting?.chunks ?? 0) + chunks, waiting?.at ?? since)
        return pair(at: place)
    }

    /// In the order of strikes.
    private mutating func pair(at place: Place) -> [Claim] {
        guard let (chunks, at) = found[place], let strikes = touched[place] else { return [] }
        var left = chunks
        var claims: [Claim] = []
        for (strike, open) in strikes.sorted(by: { $0.key < $1.key }) {
            let own = min(open, left)
            guard own > 0 else { continue }
            claims.append(Claim(strike: strike, chunks: own, at: at))
            touched[place]?[strike] = open - own
            left -= own
        }
        found[place] = left > 0 ? (left, at) : nil
        return claims
    }
}
