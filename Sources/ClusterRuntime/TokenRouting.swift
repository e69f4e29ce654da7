// The tokens of a run and the routers that route them: the same values on every worker and in the
// simulation, because both come from the plan and the seed.

import ClusterModel
import Exchange
import Routing
import TokenData

/// One rank's tokens in one step, routed.
public struct RoutedBatch: Sendable {
    /// Indices in the token store.
    public let tokens: [Int]
    public let assignment: Assignment
    /// Modelled time of the gate.
    public let gate: Interval
}

/// Draws batches and routes them.
public struct TokenRouting: Sendable {
    public let store: TokenStore
    let plan: ClusterPlan
    private let sampler: BatchSampler
    private let routers: [any Router]
    /// What tells p, q and δ of each router; nil of those without affinities.
    let estimates: [AffinityEstimates?]

    /// Opens the plan's tokens and makes its routers.
    public init(_ plan: ClusterPlan) throws {
        let store = try TokenStore.open(plan.workload.tokens)
        let parts = Self.parts(plan, store)
        var routers: [any Router] = []
        for name in plan.routing.routers {
            if name == .trace {
                routers.append(TraceRouter(try Self.trace(of: plan), world: plan.world))
                continue
            }
            routers.append(
                try RouterCatalog.make(
                    name,
                    settings: plan.routing,
                    experts: plan.model.experts,
                    width: store.width,
                    seed: plan.workload.seed,
                    parts: parts
                )
            )
        }
        self.store = store
        self.plan = plan
        self.routers = routers
        estimates = plan.routing.routers.map {
            AffinityEstimates(
                $0,
                experts: plan.model.experts,
                width: store.width,
                classes: TokenClasses(plan.routing.relevance, domains: parts.domains),
                topK: plan.routing.topK
            )
        }
        sampler = BatchSampler(
            domains: store.domains,
            tokensPerRank: plan.workload.tokensPerNPU,
            sharding: plan.workload.sharding,
            nodes: plan.nodes,
            npusPerNode: plan.npusPerNode,
            seed: plan.workload.seed
        )
    }

    /// The plan's trace, if it fits the plan.
    private static func trace(of plan: ClusterPlan) throws -> RoutingTrace {
        let path = plan.routing.trace ?? ""
        let layout = RankLayout(plan)
        return try TraceFile.read(
            path,
            fitting: .init(
                world: plan.world,
                sources: layout.leaders.map(\.index),
                tokens: plan.workload.tokensPerNPU,
                experts: plan.model.experts
            )
        )
    }

    private static func parts(_ plan: ClusterPlan, _ store: TokenStore) -> RouterParts {
        var parts = RouterParts()
        if plan.routing.routers.contains(.hash) { parts.frequencies = store.tokenFrequencies }
        parts.domains = Int(store.domains.max() ?? 0) + 1
        parts.nodes = plan.nodes
        parts.layers = plan.model.layers
        parts.choicesMax = plan.routing.choicesMax
        parts.expertChoiceFactor = plan.routing.expertChoiceFactor
        return parts
    }

    /// The most pairs a rank can keep in a step, by the plan's router with this index.
    public func pairsMax(router: Int) -> Int {
        routers[router].pairsMax(tokens: plan.workload.tokensPerNPU)
    }

    /// The store's tokens that a rank reads in a step: those of its tensor-parallel group.
    public func tokens(of rank: Rank, step: Int) -> [Int] {
        sampler.tokens(of: RankLayout(plan).leader(of: rank), step: step)
    }

    /// A rank's batch of a step, routed by the plan's router with this index, and changed by what
    /// faults do to experts.
    public func route(
        rank: Rank,
        step: Int,
        router: Int,
        hurts: [ExpertHurt] = []
    ) -> RoutedBatch {
        let tokens = tokens(of: rank, step: step)
        let flops = routers[router].gateFlopsPerToken(hidden: plan.model.hidden)
        // Of the tensor-parallel group: its ranks hold the same tokens and must draw alike.
        let label = UInt64(step * plan.world + RankLayout(plan).leader(of: rank).index)
        let assignment = routers[router].assign(store.batch(tokens: tokens, label: label))
        return RoutedBatch(
            tokens: tokens,
            assignment: HurtExperts(hurts, policy: plan.routing.policy)
                .changed(assignment, label: label),
            gate: plan.model.computeTime(flops: flops * Double(tokens.count))
        )
    }

    /// What every rank puts into a step, index = rank, without moving a byte.
    public func inputs(step: Int, router: Int, hurts: [ExpertHurt] = []) -> [RankInput] {
        inputs(batches(step: step, router: router, hurts: hurts), router: router)
    }

    /// The batches of all ranks, index = rank.
    public func batches(step: Int, router: Int, hurts: [ExpertHurt] = []) -> [RoutedBatch] {
        RankLayout(plan).ranks.map {
            route(rank: $0, step: step, router: router, hurts: hurts)
        }
    }

    /// The same of batches that are routed already, index = rank.
    public func inputs(_ batches: [RoutedBatch], router: Int) -> [RankInput] {
        let traffic = ExpertTraffic(plan)
        let loads = batches.map { LayerLoad($0.assignment, gate: $0.gate) }
        var inputs = traffic.inputs(loads, model: plan.model)
        for (rank, batch) in zip(traffic.layout.ranks, batches) {
            inputs[rank.index].groups = grouped(batch, of: rank, router, traffic).groups
        }
        return inputs
    }

    /// What every rank would say of a step that came back whole, index = rank: made here, without
    /// moving a byte.
    ///
    /// `stamp` is the run's number of the step.
    public func digests(step: Int, router: Int, stamp: Int) -> [UInt32] {
        let layout = RankLayout(plan)
        let payload = TokenPayload(model: plan.model, store: store)
        let slot = UnsafeMutableRawBufferPointer.allocate(
            byteCount: payload.tokenBytes,
            alignment: 8
        )
        defer { slot.deallocate() }
        return layout.ranks.map { rank in
            let batch = route(rank: rank, step: step, router: router)
            let outcome = TokenSums(tokens: batch.tokens.count, tokenBytes: payload.tokenBytes)
            for pair in batch.assignment.pairs where pair.isKept {
                let stamp = TokenStamp(
                    serial: UInt32(stamp),
                    source: UInt32(layout.leader(of: rank).index),
                    token: UInt32(pair.token),
                    expert: UInt32(pair.expert.index)
                )
                let row = payload.row(ofStoreToken: batch.tokens[pair.token])
                payload.fill(slot, row: row, stamp: stamp)
                TokenPayload.work(.init(slot), into: slot, expert: pair.expert.index)
                outcome.add(.init(slot), to: pair.token)
            }
            return batch.digest(outcome, payload)
        }
    }

    /// A rank's tokens by the NPUs they go to; none if no token can have two experts.
    func grouped(
        _ batch: RoutedBatch,
        of rank: Rank,
        _ router: Int,
        _ traffic: ExpertTraffic
    ) -> GroupedTokens {
        guard pairsMax(router: router) > plan.workload.tokensPerNPU else {
            return GroupedTokens(groups: [], copies: [])
        }
        let experts = 0..<plan.model.experts
        return traffic.grouped(
            experts.map { batch.assignment.slots(of: ExpertIndex($0)) },
            from: rank
        )
    }
}

extension LayerLoad {
    init(_ assignment: Assignment, gate: Interval) {
        self.init(
            kept: assignment.countPerExpert,
            offered: assignment.offered,
            dropped: assignment.dropped,
            capacity: assignment.capacity,
            gate: gate
        )
    }
}
