import ArgumentParser
import ClusterModel
import Routing

/// What only LocMoE+ reads, and what it does with it offline.
struct ResonanceOptions: ParsableArguments {
    /// Factors in front of a softmax, as `training.softmax_scale` has them.
    static let softmaxScales = 0.01...10_000.0
    /// cf of LocMoE+'s baseline.
    static let defaultFactor = 1.1

    /// Which half truncates, or whichever suits the batch.
    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case tcr
        case ecr
        case adaptive
    }

    /// What sets C.
    enum Rule: String, ExpressibleByArgument, CaseIterable {
        case conventional
        case bound
        case boundErfc = "bound-erfc"
        case boundExp = "bound-exp"
        case corollary
    }

    @Option(help: "An expert keeps at least this many of its candidates, if C allows.")
    var capacityFloor = 1
    @Option(help: "τ, the share of an expert's positive affinity sum it keeps.")
    var threshold = 0.8
    @Option(
        help: """
            tcr: the first C tokens; ecr: the best by affinity; adaptive: tcr, or ecr where \
            Corollary 6 says that it succeeds with C.
            """
    )
    var mode = Mode.ecr
    @Option(
        help: """
            What sets C; if left out conventional, and corollary once adaptive has gone to ecr.
            """
    )
    var capacityRule: Rule?
    @Option(help: "What happens to a pair no capacity was left for.") var policy = OverflowPolicy
        .drop
    @Option(help: "The factor in front of the softmax of combine weights (tcr and ecr as well).")
    var softmaxScale = 1.0

    func settings(_ router: RouterName, topK: Int, factor: Double?) -> RoutingSettings {
        RoutingSettings(
            routers: [router],
            baseline: router,
            topK: topK,
            capacityFactor: factor ?? Self.defaultFactor,
            capacityFloor: capacityFloor,
            threshold: threshold,
            mode: mode == .tcr ? .tcr : .ecr,
            policy: policy
        )
    }

    /// Estimates the batch, lets the machine decide as if it were the first step, and routes.
    ///
    /// Offline there is one batch and no step after it: what the estimates say holds for the
    /// batch they come from. Tokens with domains are classed by them, others by their choice.
    func route(
        _ batch: TokenBatch,
        with router: LocMoEPlusRouter,
        conventional factor: Double,
        fixed: Int?
    ) throws -> (Assignment, [String]) {
        let affinities = router.gate.affinities(of: batch)
        let counts = ResonanceCounts(
            of: affinities,
            topK: router.topK,
            labels: batch.domains.isEmpty ? nil : batch.domains.map(Int.init),
            classes: batch.domains.isEmpty ? 0 : Int(batch.domains.max() ?? 0) + 1
        )
        let shape = BatchShape(
            tokens: batch.count,
            experts: router.gate.experts,
            topK: router.topK,
            width: batch.width
        )
        if case .bound = rule(factor, fixed), batch.width < 2 {
            throw RoutingError.outOfRange(
                .width,
                seen: "\(batch.width)",
                accepted: "at least 2: the bound is about angles"
            )
        }
        var machine = AdaptiveMode(settings(shape, factor, fixed))
        let resonance = counts.resonance
        let decision = machine.advance(resonance)
        let decided = router.with(mode: decision.mode, capacity: decision.capacity.slots)
        let assignment = decided.assign(affinities)
        return (assignment, ["\(ResonanceRecord(decision, resonance, [assignment]))"])
    }

    private func settings(
        _ shape: BatchShape,
        _ factor: Double,
        _ fixed: Int?
    ) -> AdaptiveMode.Settings {
        let given = rule(factor, fixed)
        return AdaptiveMode.Settings(
            batch: shape,
            start: mode == .ecr ? .ecr : .tcr,
            trigger: mode == .adaptive ? .corollary : .fixed,
            tokenChoice: given ?? .conventional(factor: factor),
            expertChoice: given ?? (mode == .adaptive ? .corollary : .conventional(factor: factor)),
            floor: given == nil && mode != .adaptive ? 0 : capacityFloor
        )
    }

    private func rule(_ factor: Double, _ fixed: Int?) -> CapacityRule? {
        if let fixed { return .fixed(fixed) }
        return capacityRule.map { rule in
            switch rule {
            case .conventional: .conventional(factor: factor)
            case .bound: .bound(.exact)
            case .boundErfc: .bound(.erfc)
            case .boundExp: .bound(.exp)
            case .corollary: .corollary
            }
        }
    }
}
