// The tokens of a simulated cluster: few, drawn from the seed, sent to the experts that they choose
// and back. What faults of experts make of that is decided by the code that workers run.

import ClusterModel
import Faults
import Routing

/// Tokens on their way, as far as a rule has to know them: how many, and a sum that tells which.
struct TokenSum: Hashable, Sendable {
    var count = 0
    var sum: UInt64 = 0

    static let none = TokenSum()

    static func += (a: inout TokenSum, b: TokenSum) {
        a.count += b.count
        a.sum &+= b.sum
    }
}

/// Two numbers in one, so that others give others.
func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var x = (a ^ (b &+ 0x9E37_79B9_7F4A_7C15)) &* 0xBF58_476D_1CE4_E5B9
    x ^= x >> 29
    return x &* 0x94D0_49BB_1331_11EB
}

/// What each rank puts into each step.
struct SimulatedTokens: Sendable {
    private let world: Int
    private let experts: Int
    private let seed: UInt64
    private let perRank: Int
    private let capacity: Int

    init(_ ground: FaultGround, seed: UInt64) {
        (world, experts, self.seed) = (ground.world, max(1, ground.experts), seed)
        // Enough that an expert has some in most steps.
        perRank = max(16, 4 * experts / world)
        capacity = max(2, 2 * perRank / experts)
    }

    /// What a rank's router decides.
    func routed(_ step: Int, _ rank: Rank, _ hurts: [ExpertHurt]) -> Assignment {
        var random = SeededRandom(seed: seed, 0x70C3, UInt64(step), UInt64(rank.index))
        var counts = Array(repeating: 0, count: experts)
        let pairs = (0..<perRank).map { token in
            let expert = random.next(below: experts)
            var pair = Assignment.Pair(token: token, expert: expert, score: 1, weight: 1)
            if counts[expert] < capacity {
                pair.position = counts[expert]
                counts[expert] += 1
            } else {
                pair.reason = .capacity
            }
            return pair
        }
        let label = mixed(UInt64(step), UInt64(rank.index))
        return HurtExperts(hurts, policy: .reroute)
            .changed(Assignment(pairs: pairs, experts: experts, capacity: capacity), label: label)
    }

    /// What a rank sends of it, index = peer: of each a part for every chunk of the way there.
    ///
    /// Experts of ranks that are left out are dealt out to the others.
    func load(
        _ assignment: Assignment,
        step: Int,
        of rank: Rank,
        without excluded: Set<Rank>
    ) -> [[TokenSum]] {
        let parts = ClusterSimulation.dispatch.count
        var load = Array(repeating: Array(repeating: TokenSum.none, count: parts), count: world)
        let members = (0..<world).filter { !excluded.contains(Rank($0)) }
        let source = mixed(mixed(seed, UInt64(step)), UInt64(rank.index))
        for (index, pair) in assignment.pairs.enumerated() where pair.isKept {
            let expert = pair.expert.index
            let own = expert * world / experts
            let host = excluded.contains(Rank(own)) ? members[expert % members.count] : own
            let token = mixed(source, mixed(UInt64(pair.token), UInt64(expert)))
            load[host][index % parts] += TokenSum(count: 1, sum: token)
        }
        return load
    }

    /// What experts give back for tokens: it tells which these were.
    func served(_ tokens: TokenSum) -> TokenSum {
        TokenSum(count: tokens.count, sum: tokens.sum &* 3)
    }

    /// What a rank has at the end of a step if all is as it should be.
    func expected(
        _ step: Int,
        _ rank: Rank,
        _ hurts: [ExpertHurt],
        without excluded: Set<Rank>
    ) -> TokenSum {
        guard !excluded.contains(rank) else { return .none }
        let load = load(routed(step, rank, hurts), step: step, of: rank, without: excluded)
        return load.joined().reduce(into: TokenSum.none) { $0 += served($1) }
    }
}
