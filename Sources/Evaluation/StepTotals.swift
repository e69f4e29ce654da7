// Sums over steps that nobody keeps any more, so that a run of any length needs bounded memory.

import ClusterModel
import Exchange
import Report

/// What some steps of one router add up to.
public struct StepTotals: Sendable {
    /// Measured ones: those of the warm-up count nowhere but in `excludedRanks`.
    public private(set) var steps = 0
    private(set) var offered = 0
    private(set) var routed = 0
    private(set) var dropped = 0
    private(set) var bytes = BytesByReach(local: 0, intraNode: 0, interNode: 0)
    private(set) var verification = Verification()
    private(set) var traffic: TrafficMatrix
    private(set) var sums: TrafficMatrix
    private(set) var lost = 0
    private(set) var duplicated = 0
    private(set) var wallNanoseconds: Int64 = 0
    private(set) var skippedNanoseconds: Int64 = 0
    /// Ranks that were left out, summed over steps.
    private(set) var excludedRanks = 0

    /// Of none; `world` ranks.
    public init(world: Int) {
        traffic = TrafficMatrix(size: world)
        sums = TrafficMatrix(size: world)
    }

    mutating func add(_ step: StepEvaluation) {
        excludedRanks += step.outcome.excluded.count
        guard !step.outcome.isWarmup else { return }
        steps += 1
        offered += step.record.offered
        routed += step.record.routed
        dropped += step.record.dropped
        bytes.local += step.record.bytes.local
        bytes.intraNode += step.record.bytes.intraNode
        bytes.interNode += step.record.bytes.interNode
        verification += step.outcome.verification
        traffic += step.traffic
        if let own = step.sums { sums += own }
        lost += max(0, step.balance ?? 0)
        duplicated += max(0, -(step.balance ?? 0))
        wallNanoseconds += step.outcome.wallNanoseconds
        skippedNanoseconds += step.outcome.skippedNanoseconds
    }
}

/// The steps of a run: the last ones in full, of those before them what they add up to.
public struct StepHistory: Sendable {
    /// In the order in which they were played.
    public private(set) var steps: [StepEvaluation]
    /// Index = router.
    private(set) var earlier: [StepTotals]
    /// Steps that were added.
    public private(set) var count: Int
    private let stepsMax: Int
    /// Ranks that hold the same tokens.
    private let groupSize: Int

    /// Begins with `steps`; of later ones, the last `stepsMax` are kept in full.
    public init(_ plan: ClusterPlan, steps: [StepEvaluation] = [], stepsMax: Int = .max) {
        self.steps = steps
        self.stepsMax = stepsMax
        groupSize = plan.parallel.tp
        count = steps.count
        earlier = plan.routing.routers.map { _ in StepTotals(world: plan.world) }
    }

    public mutating func append(_ step: StepEvaluation) {
        count += 1
        steps.append(step)
        guard steps.count > stepsMax else { return }
        let first = steps.removeFirst()
        earlier[first.outcome.router].add(first)
    }

    /// Tokens that were not offered because their ranks were left out, with so many a rank.
    public func notOffered(tokensPerRank: Int) -> Int {
        let kept = steps.reduce(0) { $0 + $1.outcome.excluded.count }
        let ranks = kept + earlier.reduce(0) { $0 + $1.excludedRanks }
        // Tensor-parallel groups are left out as a whole.
        return ranks / groupSize * tokensPerRank
    }
}

extension StepEvaluation {
    /// Tokens that experts kept, less those that came back whole; `nil` where nothing moved.
    var balance: Int? {
        guard !outcome.digests.isEmpty else { return nil }
        let kept = outcome.inputs.reduce(0) { $0 + $1.offered - $1.dropped }
        // Of routers that learn, gradients go the same way as activations.
        let ways = outcome.learned.isEmpty ? 1 : 2
        return kept * ways - outcome.verification.tokens
    }
}
