// What is done about a failure: the first rung of the ladder that fits it and is not used up.
// Owns no process and no clock; the coordinator carries out what is decided here.

import ClusterModel

/// What is to be done.
public struct RecoveryDecision: Sendable, Equatable {
    public var measure: RecoveryMeasure
    /// Who is started again or left out.
    public var lost: Set<Rank> = []
    /// Connections of the mesh that both ends have to make again.
    public var broken: Set<RankPair> = []
    /// How much of the measure's limit it takes: one try, or so many ranks.
    public var charge = 0

    public init(measure: RecoveryMeasure, lost: Set<Rank> = []) {
        self.measure = measure
        self.lost = lost
    }

    /// The ranks to which this one has to drop its connections.
    public func brokenPeers(of rank: Rank) -> [Rank] {
        broken.compactMap { $0.peer(of: rank) }.sorted()
    }
}

/// Two ranks and what is between them.
public struct RankPair: Sendable, Hashable {
    public let a: Rank
    public let b: Rank

    public init(_ a: Rank, _ b: Rank) {
        self.a = min(a, b)
        self.b = max(a, b)
    }

    /// The other end, `nil` for who is none of the two.
    public func peer(of rank: Rank) -> Rank? { rank == a ? b : rank == b ? a : nil }
}

/// Which measures were taken, and which is next.
public struct RecoveryMachine: Sendable {
    private let policy: RecoveryPolicy
    /// Whether these ranks can be done without.
    private let canExclude: @Sendable (Set<Rank>) -> Bool
    /// Who is left out where these are.
    private let together: @Sendable (Set<Rank>) -> Set<Rank>
    private var used: [RecoveryMeasure: Int]

    /// `used` is what an earlier part of the run has taken of each limit; `together` adds to ranks
    /// those that can do nothing without them; `canExclude` says whether a run goes on without all of
    /// these ranks.
    public init(
        _ policy: RecoveryPolicy,
        used: [RecoveryMeasure: Int] = [:],
        together: @escaping @Sendable (Set<Rank>) -> Set<Rank> = { $0 },
        canExclude: @escaping @Sendable (Set<Rank>) -> Bool
    ) {
        self.used = used
        self.policy = policy
        self.together = together
        self.canExclude = canExclude
    }

    /// Decides what to do about a failure; `excluded` are those that were left out before, of
    /// `unjoined` there is no process to do anything with.
    ///
    /// `rejoining` were left out and are about to come back: if that goes wrong they stay away, which
    /// uses no rung.
    public mutating func decide(
        _ failure: RunFailure,
        excluded: Set<Rank> = [],
        unjoined: Set<Rank> = [],
        rejoining: Set<Rank> = []
    ) -> RecoveryDecision {
        var blame = Blame(failure)
        if blame.isCurable, !blame.ranks.isEmpty, blame.ranks.isSubset(of: rejoining) {
            return RecoveryDecision(measure: .exclude, lost: together(blame.ranks))
        }
        if !blame.ranks.isDisjoint(with: unjoined) { blame.areAlive = false }
        guard blame.isCurable else { return RecoveryDecision(measure: .abort) }
        let ladder = blame.isConstant ? policy.ladder.filter { !$0.repeats } : policy.ladder
        for measure in ladder {
            guard let charge = take(measure, blame, excluded) else { continue }
            var decision = RecoveryDecision(measure: measure)
            decision.charge = charge
            switch measure {
            case .retry: decision.broken = blame.links
            case .exclude: decision.lost = together(blame.ranks)
            case .resend, .restart, .resume, .abort: decision.lost = blame.ranks
            }
            return decision
        }
        return RecoveryDecision(measure: .abort)
    }

    /// - Returns: how much of its limit the measure takes; `nil` if it does not fit or is used up.
    private mutating func take(
        _ measure: RecoveryMeasure,
        _ blame: Blame,
        _ excluded: Set<Rank>
    ) -> Int? {
        var count = blame.ranks.count
        switch measure {
        case .resend: return nil
        case .resume, .abort:
            // What stands below it is out of reach.
            return 0
        case .retry:
            guard blame.areAlive else { return nil }
            count = 1
        case .restart: break
        case .exclude:
            guard canExclude(excluded.union(together(blame.ranks))) else { return nil }
            // Who goes with somebody uses no rung of his own.
            count = Set(blame.ranks.map { together([$0]) }).count
        }
        let total = used[measure, default: 0] + count
        guard count > 0, total <= policy.limit(measure) else { return nil }
        used[measure] = total
        return count
    }
}

/// Who or what a failure is put down to.
private struct Blame {
    var ranks: Set<Rank> = []
    var links: Set<RankPair> = []
    /// The ranks can still abandon a step.
    var areAlive = false
    var isCurable = true
    /// It would be the same again.
    var isConstant = false

    init(_ failure: RunFailure) {
        switch failure {
        case .workerEnded(let rank, _, _), .connectionLost(let rank, _), .silent(let rank, _, _),
            .protocolViolation(let rank, _):
            ranks = [rank]
        case .linkDown(let rank, let peer, _, _):
            // Who sent what should not be sent, or does not answer.
            ranks = [peer]
            links = [RankPair(rank, peer)]
            areAlive = true
        case .reported(let rank, _):
            ranks = [rank]
            areAlive = true
        case .planRefused(let rank, _):
            ranks = [rank]
            isConstant = true
        case .timedOut(_, _, let missing):
            ranks = Set(missing)
            areAlive = true
        case .stalled(_, _, let waits):
            ranks = waits.culprits
            links = Set(waits.map { RankPair($0.rank, $0.peer) })
            areAlive = true
        case .uncompiled, .interrupted:
            isCurable = false
        }
    }
}

extension RecoveryMeasure {
    /// It lets the same worker try the same again.
    fileprivate var repeats: Bool {
        switch self {
        case .resend, .retry, .restart: true
        case .exclude, .resume, .abort: false
        }
    }
}
