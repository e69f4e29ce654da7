import ClusterModel
import Routing

/// Where a layer's decisions come from: a router, made anew whenever its gate has learned, who
/// admits what it chose, and what LocMoE+ adapts to.
public struct RouterRecipe: Sendable {
    private let make: @Sendable (LearnedParts) -> any Router
    /// Nil: each rank's router decides alone.
    public let admission: PooledAdmission?
    /// Nil: mode and C are what they are.
    public let adaptation: Adaptation?
    /// By what LocMoE+ counts for its record where it adapts to nothing.
    var classes = TokenClasses.choices
    /// What becomes of pairs whose expert a fault has taken away or filled.
    public var policy = OverflowPolicy.drop

    /// A router without learned parameters.
    public init(
        _ router: any Router,
        admission: PooledAdmission? = nil,
        adaptation: Adaptation? = nil
    ) {
        make = { _ in router }
        self.admission = admission
        self.adaptation = adaptation
    }

    /// A router around a dense gate.
    public init(
        admission: PooledAdmission? = nil,
        _ make: @escaping @Sendable (DenseGate) -> any Router
    ) {
        self.init(
            parts: { parts in
                guard let gate = parts.gate else {
                    fatalError("a router with a learned gate got none")
                }
                return make(gate)
            },
            admission: admission
        )
    }

    /// A router around all that is learned.
    public init(
        parts make: @escaping @Sendable (LearnedParts) -> any Router,
        admission: PooledAdmission? = nil
    ) {
        self.make = make
        self.admission = admission
        self.adaptation = nil
    }

    /// The router of a layer as its gate is now; of gates that need no other layer and no unit.
    public func router(_ gate: Gate) -> any Router { make(gate.parts(nil)) }

    /// The router of a layer as the model is now.
    public func router(layer: Int, of model: DenseModel) -> any Router {
        make(model.routerParts(layer: layer))
    }

    /// One rank's part of what a step's decision and record need; nil without affinities.
    ///
    /// Counts of all ranks are merged, then decided on.
    public func counts(of batch: TokenBatch, _ router: any Router) -> ResonanceCounts? {
        guard let router = router as? LocMoEPlusRouter else { return nil }
        return (adaptation?.classes ?? classes).counts(of: batch, router.gate, topK: router.topK)
    }

    /// LocMoE+'s mode where no machine decides it, with pooled slots that of who admits; nil of
    /// other routers.
    func mode(of router: any Router) -> SelectionMode? {
        guard let router = router as? LocMoEPlusRouter else { return nil }
        guard let admission else { return router.mode }
        return switch admission.order {
        case .position, .firstChoices: .tcr
        case .affinity: .ecr
        }
    }

    /// Decides for the batches of all ranks; of gates that need no other layer and no unit.
    public func decide(_ batches: [TokenBatch], _ gate: Gate) -> [Assignment] {
        decide(batches, router(gate))
    }

    /// Decides for the batches of all ranks.
    ///
    /// - Parameters:
    ///   - batches: [ranks].
    ///   - router: of the layer, as it is now.
    ///   - decision: mode and C that hold for all ranks; nil: those of the settings.
    ///   - hurts: what faults do to experts.
    ///   - labels: of the batches, [ranks]; they draw whose tokens hot experts pull.
    /// - Returns: [ranks].
    public func decide(
        _ batches: [TokenBatch],
        _ router: any Router,
        holding decision: AdaptiveMode.Decision? = nil,
        hurts: [ExpertHurt] = [],
        labels: [UInt64] = []
    ) -> [Assignment] {
        guard let offers = offers(batches, router, holding: decision, hurts: hurts, labels: labels)
        else {
            let assignments = batches.map(held(router, decision).assign)
            guard !hurts.isEmpty else { return assignments }
            return zip(assignments, labels).map { changed($0, by: hurts, label: $1) }
        }
        return admit(offers, holding: decision, hurts: hurts)
    }

    /// What all ranks offer, where slots are pooled: pairs, [ranks].
    struct Offers {
        var pairs: [[Assignment.Pair]]
        var experts: Int
    }

    /// The first half of ``decide(_:_:holding:hurts:labels:)``; nil where each rank decides alone.
    func offers(
        _ batches: [TokenBatch],
        _ router: any Router,
        holding decision: AdaptiveMode.Decision?,
        hurts: [ExpertHurt],
        labels: [UInt64]
    ) -> Offers? {
        guard admission != nil else { return nil }
        let choices = batches.map(held(router, decision).assign)
        guard let experts = choices.first?.experts else { return nil }
        guard !hurts.isEmpty else { return Offers(pairs: choices.map(\.pairs), experts: experts) }
        return Offers(
            pairs: zip(choices, labels).map { offered($0, by: hurts, label: $1) },
            experts: experts
        )
    }

    /// The second half: [ranks].
    func admit(
        _ offers: Offers,
        holding decision: AdaptiveMode.Decision?,
        hurts: [ExpertHurt]
    ) -> [Assignment] {
        guard let admission = admission(holding: decision, hurts: hurts) else {
            fatalError("pairs were offered where each rank decides alone")
        }
        return admission.decide(offers.pairs, experts: offers.experts)
    }

    /// One rank's decisions where it decides alone, as faults of experts change them.
    public func changed(
        _ assignment: Assignment,
        by hurts: [ExpertHurt],
        label: UInt64
    ) -> Assignment {
        HurtExperts(hurts, policy: policy).changed(assignment, label: label)
    }

    /// The pairs that one rank offers where slots are pooled, as faults of experts change them.
    public func offered(
        _ assignment: Assignment,
        by hurts: [ExpertHurt],
        label: UInt64
    ) -> [Assignment.Pair] {
        HurtExperts(hurts, policy: policy).offered(assignment.pairs, label: label)
    }

    /// The number of a rank's batch in a layer of a step: all who decide for it draw alike.
    static func label(step: Int, layer: Int, of layers: Int, rank: Rank, world: Int) -> UInt64 {
        UInt64((step * layers + layer) * world + rank.index)
    }

    /// The router as a decision has it; with pooled slots it only chooses.
    public func held(_ router: any Router, _ decision: AdaptiveMode.Decision?) -> any Router {
        guard let decision, admission == nil, let router = router as? LocMoEPlusRouter else {
            return router
        }
        return router.with(mode: decision.mode, capacity: decision.capacity.slots)
    }

    /// Who admits, as a decision has it and faults of experts let it; nil where each rank decides
    /// alone.
    public func admission(
        holding decision: AdaptiveMode.Decision?,
        hurts: [ExpertHurt] = []
    ) -> PooledAdmission? {
        guard var held = admission else { return nil }
        if let decision, let adaptation {
            held = PooledAdmission(
                order: decision.mode == .ecr ? adaptation.ranking : .position,
                capacity: decision.capacity.slots
            )
        }
        held.lost = Set(hurts.filter { $0.kind == .lost }.map(\.expert))
        return held
    }
}
