// From settings to a run: the routers, who admits, what adapts.

import ClusterModel
import Routing

extension TrainingSettings {
    /// The training run at its start.
    ///
    /// - Parameters:
    ///   - state: untrained, or from a checkpoint of the same settings.
    ///   - frequencies: how often each class occurs in the training part, for hash.
    /// - Returns: a run that goes on from the state.
    /// - Throws: `RoutingError` when no router can be made of the settings.
    public func training(
        _ state: TrainingState,
        frequencies: TokenFrequencies
    ) throws(RoutingError) -> LocalTraining {
        LocalTraining(
            state,
            exchange: LocalExchange(layout: layout, element: element, cut: cut),
            recipes: try recipes(frequencies),
            losses: losses,
            schedule: LearningRateSchedule(peak: learningRate, steps: steps),
            allReduce: allReduce
        )
    }

    /// One rank's part of the same run, which goes on without `excluded`.
    public func training(
        of rank: Rank,
        _ state: TrainingState,
        frequencies: TokenFrequencies,
        excluded: Set<Rank> = []
    ) throws(RoutingError) -> RankTraining {
        RankTraining(
            rank: rank,
            state: state,
            placement: ExpertPlacement(layout, excluded: excluded),
            recipes: try recipes(frequencies),
            losses: losses,
            schedule: LearningRateSchedule(peak: learningRate, steps: steps)
        )
    }

    /// A router for each layer; none for the controls.
    ///
    /// - Parameter frequencies: how often each class occurs in the training part, for hash.
    /// - Returns: [layers].
    /// - Throws: `RoutingError` when no router can be made of the settings.
    public func recipes(
        _ frequencies: TokenFrequencies
    ) throws(RoutingError) -> [RouterRecipe] {
        guard case .router(let name) = candidate else { return [] }
        var recipes: [RouterRecipe] = []
        for layer in 0..<layers {
            var recipe = try recipe(name, layer: layer, frequencies)
            recipe.policy = choosing.policy
            recipe.classes = classes
            recipes.append(recipe)
        }
        return recipes
    }

    private func recipe(
        _ name: RouterName,
        layer: Int,
        _ frequencies: TokenFrequencies
    ) throws(RoutingError) -> RouterRecipe {
        try check(name)
        let width = dimensions.width
        // A layer's hash map is its own: one map for all would send a token to one expert's
        // number in every layer.
        let settings = (routing: choosing, seed: seed &+ UInt64(layer))
        @Sendable func make(_ learned: LearnedParts) throws(RoutingError) -> any Router {
            try RouterCatalog.make(
                name,
                settings: settings.routing,
                experts: layout.experts,
                width: width,
                seed: settings.seed,
                parts: parts(learned, frequencies)
            )
        }
        let first = try make(LearnedParts())
        guard gate(of: name).isLearned else {
            return RouterRecipe(first, admission: admission(name), adaptation: adaptation)
        }
        let admission = admission(name)
        return RouterRecipe(
            parts: { learned in
                do throws(RoutingError) {
                    return try make(learned)
                } catch {
                    fatalError("a gate that learned makes no router: \(error)")
                }
            },
            admission: admission
        )
    }

    /// What only several layers can show has to have them.
    private func check(_ name: RouterName) throws(RoutingError) {
        guard [.rmoe, .preGated].contains(name), layers < 2 else { return }
        throw .outOfRange(
            .layers,
            of: name,
            seen: "\(layers)",
            accepted: "2 or more: its router goes from layer to layer"
        )
    }

    private func parts(_ learned: LearnedParts, _ frequencies: TokenFrequencies) -> RouterParts {
        var parts = RouterParts()
        parts.gate = learned.gate
        parts.allocator = learned.allocator
        parts.projection = learned.projection
        parts.recurrence = learned.recurrence
        parts.frequencies = frequencies
        parts.capacity = scope == .global ? tokensOfASlot : nil
        parts.softmaxScale = affinityScale
        parts.nodes = layout.nodes
        parts.domains = domains
        parts.layers = layers
        parts.choicesMax = choicesMax
        parts.drawsChoices = true
        parts.expertChoiceFactor = routing.expertChoiceFactor
        return parts
    }

    /// Tokens that share an expert's slots.
    private var tokensOfASlot: Int {
        scope == .global ? layout.world * tokensPerRank : tokensPerRank
    }

    /// What routers see of the settings: with pooled slots they only choose.
    private var choosing: RoutingSettings {
        guard scope == .global else { return routing }
        var choosing = routing
        (choosing.mode, choosing.policy) = (.tcr, .drop)
        return choosing
    }

    private var ranking: PooledAdmission.Order {
        .affinity(threshold: routing.threshold, floor: routing.capacityFloor)
    }

    private func admission(_ name: RouterName) -> PooledAdmission? {
        guard scope == .global else { return nil }
        return switch name {
        case .locmoePlus where routing.mode == .ecr: admission(ranking)
        case .ecr: admissionOfTheBest(topK: routing.topK, factor: routing.capacityFactor)
        case .expertChoice: admissionOfTheBest(topK: 1, factor: routing.expertChoiceFactor)
        case .gshard: admission(.firstChoices, topK: GShardRouter.choices)
        case .adaK: admission(.position, budget: .factor(routing.capacityFactor))
        default: admission(.position)
        }
    }

    private func admission(
        _ order: PooledAdmission.Order,
        topK: Int? = nil,
        budget: Capacity? = nil
    ) -> PooledAdmission {
        PooledAdmission(
            order: order,
            capacity: slots(topK: topK ?? routing.topK, factor: routing.capacityFactor),
            budget: budget
        )
    }

    /// Experts take the best of all tokens, whatever tokens would choose.
    private func admissionOfTheBest(topK: Int, factor: Double) -> PooledAdmission {
        let slots = slots(topK: topK, factor: factor)
        // The floor lets in whom a positive sum does not: no score is too low for a free slot.
        return PooledAdmission(
            order: .affinity(threshold: 1, floor: slots),
            capacity: slots,
            expertsChoose: true
        )
    }

    private func slots(topK: Int, factor: Double) -> Int {
        Capacity.conventional(
            tokens: tokensOfASlot,
            experts: layout.experts,
            topK: topK,
            factor: factor
        )
    }

    /// What moves LocMoE+'s mode; nil: it stays what it is.
    private var trigger: AdaptiveMode.Trigger? {
        guard routing.mode == .adaptive else { return nil }
        return routing.expertChoiceFrom.map { .schedule(expertChoiceFrom: $0) } ?? .corollary
    }

    /// By which classes tokens are relevant to experts.
    var classes: TokenClasses {
        TokenClasses(routing.relevance, domains: domains)
    }

    /// LocMoE+'s machine, where its mode moves or C is estimated; nil elsewhere.
    ///
    /// A rule for C that is named holds in both modes; else C is conventional in token choice and
    /// the corollary's in expert choice.
    public var adaptation: Adaptation? {
        guard case .router(.locmoePlus) = candidate else { return nil }
        let rule = routing.capacityRule.map {
            CapacityRule($0, factor: routing.capacityFactor)
        }
        let conventional = CapacityRule.conventional(factor: routing.capacityFactor)
        guard trigger != nil || (rule ?? conventional) != conventional else { return nil }
        return Adaptation(
            settings: AdaptiveMode.Settings(
                batch: BatchShape(
                    tokens: tokensOfASlot,
                    experts: layout.experts,
                    topK: routing.topK,
                    width: dimensions.width
                ),
                start: routing.mode.start,
                trigger: trigger ?? .fixed,
                tokenChoice: rule ?? conventional,
                expertChoice: rule ?? .corollary,
                floor: routing.capacityFloor,
                period: routing.capacityPeriod
            ),
            classes: classes,
            ranking: ranking
        )
    }
}
