// What is trained in these tests: a small model (width 64, 1,024 classes) on the project's text, all
// ranks in one process, so that five seeds of everything take a minute.

import ClusterModel
import MoELayer
import Routing

/// A router and the cluster it learns on: equal courses, equal figures.
struct Course: Hashable, Sendable {
    var router: RouterName
    var nodes = 2
    var npus = 8
    var experts = 16
    /// Data-parallel replicas of the experts.
    var replicas = 1
    /// α, of the routers that have it.
    var auxiliary = 0.01
    var sharding = Sharding.domain
    /// With slots of each source's own, what is local and above capacity is dropped.
    var scope = CapacityScope.global
    /// Classes of tokens: the commonest of the text, and the rest as one.
    var classes = 1_024
    var steps = 80

    static let seeds: [UInt64] = [7, 8, 9, 10, 11]
    static let width = 64
    /// The peak: a small model learns at a higher rate than the default's.
    static let rate = 1e-2
    static let threshold = 0.75
    /// Tokens of a rank in a step: a quarter of a sequence.
    static let tokens = 64
    static let slots = 1.1

    var layout: RankLayout {
        RankLayout(
            nodes: nodes,
            npusPerNode: npus,
            parallel: ParallelDegrees(tp: 1, ep: nodes * npus / replicas, dp: replicas),
            experts: experts
        )
    }

    var routing: RoutingSettings {
        RoutingSettings(
            routers: [router],
            baseline: router,
            topK: 1,
            capacityFactor: Self.slots,
            capacityFloor: 1,
            threshold: Self.threshold,
            mode: .ecr,
            policy: .drop
        )
    }

    func settings(seed: UInt64) -> TrainingSettings {
        var settings = TrainingSettings(
            candidate: .router(router),
            layout: layout,
            routing: routing
        )
        settings.scope = scope
        settings.sharding = sharding
        settings.auxiliary = auxiliary
        settings.tokensPerRank = Self.tokens
        settings.steps = steps
        settings.seed = seed
        settings.learningRate = Self.rate
        settings.width = Self.width
        settings.vocabulary = classes
        return settings
    }
}

extension Course {
    /// Nothing is learned of where tokens go: a few steps show it.
    static let hash = Course(router: .hash, steps: 10)
    /// With half as many tokens that are of the rest.
    static let commonWords = Course(router: .hash, classes: 2_048, steps: 10)
    static let `switch` = Course(router: .switch)
    static let collapsing = Course(router: .switch, auxiliary: 0)
    static let locmoe = Course(router: .locmoe)
    static let locmoePlus = Course(router: .locmoePlus)

    /// The same on another cluster.
    func on(_ nodes: Int, _ npus: Int) -> Course {
        var course = self
        (course.nodes, course.npus) = (nodes, npus)
        return course
    }

    /// The same with slots of each source's own.
    var alone: Course {
        var course = self
        course.scope = .source
        return course
    }

    /// The same on a cluster that holds 8 experts twice.
    ///
    /// With 16 nodes of one NPU a node's expert is one of eight. Replicas cannot pool slots.
    func replicated(_ nodes: Int, _ npus: Int) -> Course {
        var course = on(nodes, npus)
        (course.experts, course.replicas, course.scope) = (8, 2, .source)
        return course
    }
}
