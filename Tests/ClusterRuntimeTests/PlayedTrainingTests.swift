import ClusterModel
import EventLoop
import Exchange
import Routing
import Testing

@testable import ClusterRuntime

@Suite struct `Ranks that play the segments of training` {
    /// Plays steps and compares every rank with one process, bit for bit; the checksums of each
    /// step.
    @discardableResult
    private func agree(
        _ plan: ClusterPlan,
        reversed: Bool = false,
        beside loop: Loop? = nil,
        away: [Set<Rank>] = [[], []]
    ) throws -> [[UInt32]] {
        let cluster = try PlayedCluster(plan)
        cluster.loop = loop
        cluster.partsAreReversed = reversed
        return try away.enumerated().map { step, excluded in
            if cluster.excluded != excluded { try cluster.leaveOut(excluded) }
            let trained = try cluster.play(step: step)
            let members = cluster.members.map(\.index)
            let learned = members.map { cluster.trainers[$0].learned }
            #expect(cluster.verification.mismatches == 0, "\(cluster.verification.firstMismatch)")
            #expect(learned.map(\.parameters) == members.map { trained.learned[$0] })
            #expect(excluded.allSatisfy { trained.learned[$0.index] == 0 })
            let tokens = learned.reduce(0) { $0 + $1.tokens }
            #expect(learned.reduce(0) { $0 + $1.loss } / Double(tokens) == trained.outcome.loss)
            return trained.learned
        }
    }

    @Test(arguments: zip([RouterName.switch, .locmoePlus, .gshard], [1, 2, 1]))
    func `learn what one process learns`(router: RouterName, dp: Int) throws {
        try agree(try PlayedCluster.plan(router, dp: dp))
    }

    @Test(arguments: zip([3, 8], [PayloadLayout.exact, .padded]))
    func `do so in parts, in whatever order those come`(parts: Int, layout: PayloadLayout) throws {
        var plan = try PlayedCluster.plan(.gshard, parts: parts, layout: layout)
        plan.model.layers = 2
        #expect(try agree(plan) == agree(plan, reversed: true))
    }

    @Test(arguments: [1, 3])
    func `do so with experts that compute beside a loop, waited for or not`(parts: Int) throws {
        let plan = try PlayedCluster.plan(.gshard, parts: parts)
        let loop = try Loop()
        let asked = try agree(plan)
        #expect(try agree(plan, beside: loop) == asked)
        // Here the loop turns until they are done before their answers leave.
        #expect(try agree(plan, reversed: true, beside: loop) == asked)
        loop.run()
    }

    @Test(arguments: zip([1, 2], [4, 1]))
    func `do so in tensor-parallel groups, as ranks alone would`(dp: Int, parts: Int) throws {
        var plan = try PlayedCluster.plan(.switch, tp: 2, dp: dp, npus: 4, parts: parts)
        plan.model.layers = 2
        let grouped = try agree(plan)
        plan.npusPerNode = 2
        plan.parallel.tp = 1
        let alone = try agree(plan)
        for (ranks, groups) in zip(grouped, alone) {
            #expect(ranks.count == 8)
            #expect(ranks == groups.flatMap { [$0, $0] })
        }
    }

    /// One of a node, then all of it, then one of the other node; in the end all are back.
    @Test(arguments: [(RouterName.switch, 1), (.gshard, 3)])
    func `go on without some of them, and with them again`(router: RouterName, parts: Int) throws {
        var plan = try PlayedCluster.plan(router, parts: parts, layout: .padded)
        plan.training.allReduce = parts > 1 ? .ring : .hierarchical
        try agree(plan, away: [[], [Rank(3)], [Rank(2), Rank(3)], [Rank(0)], []])
    }

    /// Of three replicas of three ranks one is hurt, then all differ, then one is gone as a whole; in
    /// the end all are back.
    @Test(arguments: [(AllReduceAlgorithm.hierarchical, 1), (.ring, 2)])
    func `go on without some of replicas, and with them again`(
        sum: AllReduceAlgorithm,
        layers: Int
    ) throws {
        var plan = try PlayedCluster.plan(.switch)
        (plan.nodes, plan.npusPerNode, plan.model.experts) = (3, 3, 6)
        plan.parallel = ParallelDegrees(tp: 1, ep: 3, dp: 3)
        (plan.model.layers, plan.training.allReduce) = (layers, sum)
        let away = [[8], [1, 3, 8], [3, 4, 5], []]
        try agree(plan, away: away.map { Set($0.map(Rank.init)) })
    }

    /// A group that is left out counts as one rank of a cluster of groups.
    @Test(arguments: [1, 2])
    func `go on without tensor-parallel groups, as without ranks`(dp: Int) throws {
        var plan = try PlayedCluster.plan(.locmoePlus, tp: 2, dp: dp, npus: 4)
        (plan.routing.mode, plan.routing.expertChoiceFrom) = (.adaptive, 1)
        let groups: [Set<Int>] = [[3], [0, 3], []]
        let away = groups.map { Set($0.flatMap { [Rank(2 * $0), Rank(2 * $0 + 1)] }) }
        let grouped = try agree(plan, away: away)
        plan.npusPerNode = 2
        plan.parallel.tp = 1
        let alone = try agree(plan, away: groups.map { Set($0.map(Rank.init)) })
        for (ranks, groups) in zip(grouped, alone) {
            #expect(ranks == groups.flatMap { [$0, $0] })
        }
    }

    @Test(arguments: CapacityScope.allCases)
    func `go on without one where modes change`(scope: CapacityScope) throws {
        var plan = try PlayedCluster.plan(.locmoePlus)
        plan.routing.capacityScope = scope
        (plan.routing.mode, plan.routing.expertChoiceFrom) = (.adaptive, 1)
        try agree(plan, away: [[], [Rank(0)], []])
    }

    @Test(arguments: [1, 2], [1, 2])
    func `do so where slots are pooled and where modes change`(tp: Int, parts: Int) throws {
        for scope in CapacityScope.allCases {
            var plan = try PlayedCluster.plan(.locmoePlus, tp: tp, npus: 2 * tp, parts: parts)
            plan.routing.capacityScope = scope
            (plan.routing.mode, plan.routing.expertChoiceFrom) = (.adaptive, 1)
            plan.training.allReduce = .ring
            try agree(plan)
        }
    }
}
