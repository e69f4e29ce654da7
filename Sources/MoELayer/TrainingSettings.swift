import ClusterModel
import Exchange
import Routing

/// Everything that decides how a training run ends, and the values it starts from.
public struct TrainingSettings: Hashable, Sendable {
    /// What is trained: a router, or a control to compare routers with.
    public enum Candidate: Hashable, Sendable {
        case router(RouterName)
        /// One feed-forward network of an expert's size for every token.
        case denseControl
        /// No feed-forward network at all.
        case noControl
    }

    public var candidate: Candidate
    public var layout: RankLayout
    public var routing: RoutingSettings
    public var scope = CapacityScope.source
    public var sharding = Sharding.iid
    public var tokensPerRank = 512
    public var steps = 500
    public var seed: UInt64 = 7
    public var layers = 1
    /// μ of the locality loss, for the routers that have one.
    public var locality = 0.1
    /// ε of the local distribution.
    public var smoothing = 0.1
    /// α of the auxiliary loss, for the routers that have one.
    public var auxiliary = 0.01
    /// The scale of LocMoE+'s softmax.
    public var affinityScale = GateKind.affinityScale
    public var learningRate = 3e-3
    public var optimizer = Optimizer.Kind.adam
    /// What activations and gradients are rounded to on the wire.
    public var element = ElementType.fp32
    /// How gradients are summed over ranks.
    public var allReduce = AllReduceAlgorithm.hierarchical

    public init(candidate: Candidate, layout: RankLayout, routing: RoutingSettings) {
        self.candidate = candidate
        self.layout = layout
        self.routing = routing
    }

    /// Takes a plan's losses, optimizer and wire.
    public mutating func take(_ plan: TrainingPlan) {
        locality = plan.locality
        smoothing = plan.smoothing
        auxiliary = plan.auxiliary
        affinityScale = plan.softmaxScale
        learningRate = plan.learningRate
        optimizer = plan.optimizer
        element = plan.wire
    }

    /// What a plan says about learning with one of its routers.
    ///
    /// The learning rate's schedule spans the warm start, the warm-up and the measured steps.
    public init(_ plan: ClusterPlan, candidate: Candidate) {
        self.init(candidate: candidate, layout: RankLayout(plan), routing: plan.routing)
        scope = plan.routing.capacityScope
        sharding = plan.workload.sharding
        tokensPerRank = plan.workload.tokensPerNPU
        steps = plan.training.warmStart + plan.workload.warmup + plan.workload.steps
        seed = plan.workload.seed
        layers = plan.model.layers
        locality = plan.training.locality
        smoothing = plan.training.smoothing
        auxiliary = plan.training.auxiliary
        affinityScale = plan.training.softmaxScale
        learningRate = plan.training.learningRate
        optimizer = plan.training.optimizer
        element = plan.training.wire
        allReduce = plan.training.allReduce
    }

    /// The gates of the routers that can be trained.
    private var gates: [RouterName: GateKind] {
        [
            .switch: .dense, .hash: .fixed, .locmoe: .sliceMeans(noise: 0),
            .locmoePlus: .affinity(scale: affinityScale),
            .tcr: .affinity(scale: affinityScale), .ecr: .affinity(scale: affinityScale),
            .gshard: .denseRenormalised, .expertChoice: .dense, .rre: .fixed,
        ]
    }

    /// Which loss belongs to which router: α to the learned gate and LocMoE (Switch; LocMoE,
    /// section 3.2), μ to LocMoE and LocMoE+.
    public var losses: RouterLosses {
        var losses = RouterLosses(smoothing: smoothing)
        guard case .router(let name) = candidate else { return losses }
        if [.switch, .locmoe].contains(name) { losses.auxiliary = auxiliary }
        if [.locmoe, .locmoePlus].contains(name) { losses.locality = locality }
        return losses
    }

    public var dimensions: ModelDimensions {
        let mixture: ModelDimensions.Mixture =
            switch candidate {
            case .router(let name): .experts(gates[name] ?? .fixed)
            case .denseControl: .dense
            case .noControl: .none
            }
        return ModelDimensions(experts: layout.experts, layers: layers, mixture: mixture)
    }

    /// The start of the run.
    public var initialState: TrainingState {
        TrainingState(dimensions, layout: layout, optimizer: optimizer, seed: seed)
    }

    /// One line that names every setting: equal lines, equal runs.
    public var text: String {
        let name =
            switch candidate {
            case .router(let name): name.rawValue
            case .denseControl: "dense"
            case .noControl: "none"
            }
        return [
            "router \(name)", "nodes \(layout.nodes)x\(layout.npusPerNode)",
            "ep \(layout.parallel.ep)", "experts \(layout.experts)", "layers \(layers)",
            "top_k \(routing.topK)", "capacity_factor \(routing.capacityFactor)",
            "capacity_floor \(routing.capacityFloor)", "threshold \(routing.threshold)",
            "mode \(routing.mode.rawValue)", "policy \(routing.policy.rawValue)",
            "scope \(scope.rawValue)", "sharding \(sharding.rawValue)",
            "tokens \(tokensPerRank)", "steps \(steps)", "seed \(seed)", "mu \(locality)",
            "smoothing \(smoothing)", "alpha \(auxiliary)", "scale \(affinityScale)",
            "rate \(learningRate)", "optimizer \(optimizer.rawValue)",
            "dtype \(element.rawValue)", "all-reduce \(allReduce.rawValue)",
        ].joined(separator: ", ")
    }
}

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
            exchange: LocalExchange(layout: layout, element: element),
            recipes: try recipes(frequencies),
            losses: losses,
            schedule: LearningRateSchedule(peak: learningRate, steps: steps),
            allReduce: allReduce
        )
    }

    /// One rank's part of the same run.
    public func training(
        of rank: Rank,
        _ state: TrainingState,
        frequencies: TokenFrequencies
    ) throws(RoutingError) -> RankTraining {
        RankTraining(
            rank: rank,
            state: state,
            layout: layout,
            recipes: try recipes(frequencies),
            losses: losses,
            schedule: LearningRateSchedule(peak: learningRate, steps: steps)
        )
    }

    private func recipes(_ frequencies: TokenFrequencies) throws(RoutingError) -> [RouterRecipe] {
        guard case .router(let name) = candidate else { return [] }
        var recipes: [RouterRecipe] = []
        for layer in 0..<layers {
            recipes.append(try recipe(name, layer: layer, frequencies))
        }
        return recipes
    }

    private func recipe(
        _ name: RouterName,
        layer: Int,
        _ frequencies: TokenFrequencies
    ) throws(RoutingError) -> RouterRecipe {
        guard let gate = gates[name] else {
            throw .outOfRange(
                setting: "--router",
                seen: name.rawValue,
                accepted: gates.keys.map(\.rawValue).sorted().joined(separator: ", ")
            )
        }
        let width = dimensions.width
        // A layer's hash map is its own: one map for all would send a token to one expert's
        // number in every layer.
        let settings = (routing: choosing, seed: seed &+ UInt64(layer))
        let capacity = scope == .global ? layout.world * tokensPerRank : nil
        @Sendable func make(_ gate: DenseGate?) throws(RoutingError) -> any Router {
            var parts = RouterParts()
            parts.gate = gate
            parts.frequencies = frequencies
            parts.capacity = capacity
            parts.softmaxScale = affinityScale
            parts.nodes = layout.nodes
            parts.domains = 8
            parts.layers = layers
            return try RouterCatalog.make(
                name,
                settings: settings.routing,
                experts: layout.experts,
                width: width,
                seed: settings.seed,
                parts: parts
            )
        }
        let first = try make(nil)
        guard gate.isLearned else { return RouterRecipe(first, admission: admission(name)) }
        return RouterRecipe(admission: admission(name)) { gate in
            do throws(RoutingError) {
                return try make(gate)
            } catch {
                fatalError("a gate that learned makes no router: \(error)")
            }
        }
    }

    /// What routers see of the settings: with pooled slots they only choose.
    private var choosing: RoutingSettings {
        guard scope == .global else { return routing }
        var choosing = routing
        (choosing.mode, choosing.policy) = (.tcr, .drop)
        return choosing
    }

    private func admission(_ name: RouterName) -> PooledAdmission? {
        guard scope == .global else { return nil }
        let isRanked = name == .locmoePlus && routing.mode == .ecr
        return PooledAdmission(
            order: isRanked
                ? .affinity(threshold: routing.threshold, floor: routing.capacityFloor)
                : .position,
            capacity: Capacity.conventional(
                tokens: layout.world * tokensPerRank,
                experts: layout.experts,
                topK: routing.topK,
                factor: routing.capacityFactor
            )
        )
    }
}
