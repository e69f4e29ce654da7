import ClusterModel
import MoELayer
import Routing

/// Small training runs of the tests: 2 nodes of 2 ranks, 4 experts, width 16, sequences of 8.
enum Trainings {
    static let routed: [(RouterName, GateKind)] = [
        (.switch, .dense), (.hash, .fixed), (.locmoe, .sliceMeans(noise: 0.05)),
        (.locmoePlus, .affinity(scale: 5)),
    ]

    /// Routers whose gates are more than one matrix, or reach over layers.
    static let composed: [(RouterName, GateKind)] = [
        (.smile, .twoLevel(nodes: 2)), (.adaK, .allocated(choices: 3)),
        (.rmoe, .recurrent(width: 6)), (.preGated, .preGated),
        (.gshard, .denseRenormalised),
    ]

    /// The rest: experts that choose, LocMoE+'s sides alone, and what learns nothing itself.
    static let others: [(RouterName, GateKind)] = [
        (.expertChoice, .dense), (.tcr, .affinity(scale: 5)), (.ecr, .affinity(scale: 5)),
        (.rre, .fixed),
    ]

    static func layout(nodes: Int = 2, npus: Int = 2, dp: Int = 1, experts: Int = 4) -> RankLayout {
        RankLayout(
            nodes: nodes,
            npusPerNode: npus,
            parallel: ParallelDegrees(tp: 1, ep: nodes * npus / dp, dp: dp),
            experts: experts
        )
    }

    static func shape(
        _ mixture: ModelDimensions.Mixture,
        experts: Int = 4,
        layers: Int = 1
    ) -> ModelDimensions {
        ModelDimensions(
            width: 16,
            vocabulary: 12,
            sequenceLength: 8,
            taps: 3,
            experts: experts,
            layers: layers,
            mixture: mixture
        )
    }

    static func settings(_ layout: RankLayout) -> TrainingSettings {
        var settings = TrainingSettings(
            candidate: .router(.locmoePlus),
            layout: layout,
            routing: RoutingSettings(
                routers: RouterName.allCases,
                baseline: .switch,
                topK: 1,
                capacityFactor: 1.25,
                capacityFloor: 1,
                threshold: 0.9,
                mode: .ecr,
                policy: .drop
            )
        )
        settings.tokensPerRank = 16
        return settings
    }

    /// A training run of a router, or of a control without one.
    static func make(
        _ mixture: ModelDimensions.Mixture,
        router: RouterName? = nil,
        layout: RankLayout = layout(),
        layers: Int = 1,
        topK: Int = 1,
        capacityFactor: Double = 1.25,
        losses: RouterLosses = RouterLosses(auxiliary: 0.05, locality: 0.05),
        optimizer: Optimizer.Kind = .adam,
        element: ElementType = .fp32,
        seed: UInt64 = 3,
        turns: [Int]? = nil
    ) throws -> LocalTraining {
        let shape = shape(mixture, experts: layout.experts, layers: layers)
        let recipes = try (0..<layers).compactMap { layer in
            try router.map {
                try recipe($0, layout, topK: topK, capacityFactor, scale: scale(of: mixture))
            }
        }
        return LocalTraining(
            TrainingState(shape, layout: layout, optimizer: optimizer, seed: seed),
            exchange: LocalExchange(layout: layout, element: element),
            recipes: recipes,
            losses: losses,
            schedule: LearningRateSchedule(peak: 1e-2, warmup: 2, steps: 40),
            turns: turns
        )
    }

    private static func scale(of mixture: ModelDimensions.Mixture) -> Double {
        if case .experts(.affinity(let scale)) = mixture { scale } else { 1 }
    }

    private static func recipe(
        _ name: RouterName,
        _ layout: RankLayout,
        topK: Int,
        _ factor: Double,
        scale: Double
    ) throws -> RouterRecipe {
        let capacity = Capacity.factor(factor)
        if name == .switch {
            return RouterRecipe { SwitchRouter(gate: $0, topK: topK, capacity: capacity) }
        }
        if name == .hash {
            let map = BalancedTokenMap(
                TokenFrequencies(of: 0..<12),
                experts: layout.experts,
                seed: 7
            )
            return RouterRecipe(HashRouter(map: map, topK: topK, capacity: capacity))
        }
        if (composed + others).contains(where: { $0.0 == name }) {
            return catalogRecipe(name, layout, topK: topK, factor, scale: scale)
        }
        let pooling = GroupedAveragePooling(experts: layout.experts, width: 16)!
        if name == .locmoe {
            return RouterRecipe(
                LocMoERouter(gate: pooling, topK: topK, capacity: capacity, noise: 0.05)
            )
        }
        var routing = settings(layout).routing
        routing.topK = topK
        return RouterRecipe(
            LocMoEPlusRouter(
                gate: pooling,
                settings: routing,
                capacity: capacity,
                softmaxScale: scale
            )
        )
    }

    private static func catalogRecipe(
        _ name: RouterName,
        _ layout: RankLayout,
        topK: Int,
        _ factor: Double,
        scale: Double
    ) -> RouterRecipe {
        var routing = settings(layout).routing
        (routing.topK, routing.capacityFactor) = (topK, factor)
        let fixed = (routing: routing, experts: layout.experts, nodes: layout.nodes)
        return RouterRecipe(parts: { learned in
            var parts = RouterParts()
            parts.gate = learned.gate
            parts.allocator = learned.allocator
            parts.projection = learned.projection
            parts.recurrence = learned.recurrence
            parts.nodes = fixed.nodes
            parts.softmaxScale = scale
            parts.domains = 2
            parts.drawsChoices = true
            do throws(RoutingError) {
                return try RouterCatalog.make(
                    name,
                    settings: fixed.routing,
                    experts: fixed.experts,
                    width: 16,
                    seed: 7,
                    parts: parts
                )
            } catch {
                fatalError("\(name): \(error)")
            }
        })
    }

    /// A batch of two sequences for each rank, labelled as one of training.
    static func batches(ranks: Int = 4, step: Int, seed: UInt64 = 3) -> [SequenceBatch] {
        (0..<ranks).map { rank in
            var random = SeededRandom(seed: seed, UInt64(step), UInt64(rank))
            // Each token follows from the last, most of the time: something to learn.
            var classes = [random.next(below: 12)]
            while classes.count < 16 {
                classes.append(
                    random.next(below: 4) == 0
                        ? random.next(below: 12) : (classes.last! * 5 + 1) % 12
                )
            }
            return SequenceBatch(
                classes: classes,
                domains: classes.map { _ in UInt8(rank % 2) },
                sequenceLength: 8,
                label: SequenceBatch.label(step: step, rank: rank, ranks: ranks)
            )
        }
    }
}
