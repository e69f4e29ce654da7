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

        /// The router's name, "dense" or "none".
        public var name: String {
            switch self {
            case .router(let name): name.rawValue
            case .denseControl: "dense"
            case .noControl: "none"
            }
        }
    }

    public var candidate: Candidate
    /// Who learns: ranks, or tensor-parallel groups, each of which learns as one rank does.
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
    /// The factor of Ada-K's policy loss.
    public var allocation = 1.0
    /// The factor of the number of experts that Ada-K's allocator expects: what one more is worth
    /// in nats of a token's loss, times the policy's factor.
    public var choiceCost = 0.01
    /// p of RMoE.
    public var stateWidth = RecurrentRouter.defaultStateWidth
    public var learningRate = 3e-3
    public var optimizer = Optimizer.Kind.adam
    /// What activations and gradients are rounded to on the wire.
    public var element = ElementType.fp32
    /// In what parts experts get it.
    public var cut = RowCut.whole
    /// Domains of the text.
    public var domains = 8
    /// d of the model.
    public var width = 128
    /// Classes of the model's tokens.
    public var vocabulary = 2048
    /// How gradients are summed over ranks.
    public var allReduce = AllReduceAlgorithm.hierarchical

    public init(candidate: Candidate, layout: RankLayout, routing: RoutingSettings) {
        self.candidate = candidate
        self.layout = layout
        self.routing = routing
    }

    /// What a plan says about learning with one of its routers.
    ///
    /// The learning rate's schedule spans the warm start, the warm-up and the measured steps.
    public init(_ plan: ClusterPlan, candidate: Candidate) {
        self.init(candidate: candidate, layout: RankLayout(plan).groups, routing: plan.routing)
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
        // In one piece it is the same whatever travels beside it.
        if plan.exchange.pipeline > 1 {
            cut = RowCut(
                parts: plan.exchange.pipeline,
                isPadded: plan.exchange.layout == .padded
            )
        }
        allReduce = plan.training.allReduce
    }

    /// What a router's layer learns and weighs experts by.
    public func gate(of name: RouterName) -> GateKind {
        switch name {
        case .switch, .expertChoice: .dense
        case .gshard: .denseRenormalised
        case .hash, .rre, .trace: .fixed
        case .locmoe: .sliceMeans(noise: 0)
        case .locmoePlus, .tcr, .ecr: .affinity(scale: affinityScale)
        case .smile: .twoLevel(nodes: layout.nodes)
        case .adaK: .allocated(choices: choicesMax)
        case .rmoe: .recurrent(width: stateWidth)
        case .preGated: .preGated
        }
    }

    /// k_max of Ada-K.
    var choicesMax: Int {
        routing.choicesMax
            ?? AdaKRouter.defaultMaximum(topK: routing.topK, experts: layout.experts)
    }

    /// Which loss belongs to which router: α to LocMoE (section 3.2) and to the learned gates in
    /// which tokens choose (Switch; GShard; SMILE, for each of its levels; and ours for Ada-K,
    /// RMoE and Read-ME, whose gates are the same), μ to LocMoE and LocMoE+, the allocator's to
    /// Ada-K.
    public var losses: RouterLosses {
        var losses = RouterLosses(smoothing: smoothing)
        guard case .router(let name) = candidate else { return losses }
        let balanced: Set<RouterName> = [
            .switch, .locmoe, .gshard, .smile, .adaK, .rmoe, .preGated,
        ]
        if balanced.contains(name) { losses.auxiliary = auxiliary }
        if [.locmoe, .locmoePlus].contains(name) { losses.locality = locality }
        if name == .smile { losses.groups = layout.nodes }
        if name == .adaK { (losses.allocation, losses.choices) = (allocation, choiceCost) }
        return losses
    }

    public var dimensions: ModelDimensions {
        let mixture: ModelDimensions.Mixture =
            switch candidate {
            case .router(let name): .experts(gate(of: name))
            case .denseControl: .dense
            case .noControl: .none
            }
        return ModelDimensions(
            width: width,
            vocabulary: vocabulary,
            experts: layout.experts,
            layers: layers,
            mixture: mixture
        )
    }

    /// The start of the run.
    public var initialState: TrainingState {
        TrainingState(
            dimensions,
            layout: layout,
            optimizer: optimizer,
            seed: seed,
            modes: adaptation.map { adaptation in
                (0..<layers).map { _ in AdaptiveMode(adaptation.settings) }
            } ?? []
        )
    }

    /// One line that names every setting: equal lines, equal runs.
    public var text: String {
        [
            "router \(candidate.name)", "nodes \(layout.nodes)x\(layout.npusPerNode)",
            "ep \(layout.parallel.ep)", "experts \(layout.experts)", "layers \(layers)",
            "top_k \(routing.topK)", "capacity_factor \(routing.capacityFactor)",
            "capacity_floor \(routing.capacityFloor)", "threshold \(routing.threshold)",
            "mode \(routing.mode.rawValue)", "policy \(routing.policy.rawValue)",
            "scope \(scope.rawValue)", "sharding \(sharding.rawValue)",
            "tokens \(tokensPerRank)", "steps \(steps)", "seed \(seed)", "mu \(locality)",
            "smoothing \(smoothing)", "alpha \(auxiliary)", "scale \(affinityScale)",
            "allocation \(allocation)", "choice_cost \(choiceCost)", "state \(stateWidth)",
            "k_max \(choicesMax)", "expert_choice_factor \(routing.expertChoiceFactor)",
            "adaptation \(adaptation.map { "\($0)" } ?? "none")",
            "rate \(learningRate)", "optimizer \(optimizer.rawValue)",
            "dtype \(element.rawValue)", "all-reduce \(allReduce.rawValue)",
            "domains \(domains)", "width \(width)", "classes \(vocabulary)",
            cut.parts > 1 ? "parts \(cut.parts) of \(cut.isPadded ? "slots" : "rows")" : "",
        ].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
