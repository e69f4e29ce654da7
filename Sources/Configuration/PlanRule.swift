// What keys must be to one another. Each rule is checked only where its keys are sound by
// themselves, so that one mistake gives one message.

import ClusterModel

/// A condition over several keys.
struct PlanRule: Sendable {
    /// The keys it speaks of; the first that the user gave is where the problem is shown.
    var keys: [SettingPath]
    /// What was seen and what was expected, if the rule is broken.
    var broken: @Sendable (PlanDraft) -> Complaint?

    struct Complaint {
        var seen: String
        var expected: String
    }

    init(_ keys: [String], _ broken: @escaping @Sendable (PlanDraft) -> Complaint?) {
        self.keys = keys.map(SettingPath.init(dotted:))
        self.broken = broken
    }
}

extension PlanRule {
    static let all =
        [
            nodeSize, quadSize, pcieIsGiven, pcieIsUsed, planeIsSwitched, leafIsGiven,
            parallelDegrees,
            groupHasRanks, levelsAreWhole, baselineIsCompared, enoughExperts, floorIsLow,
            tokenHoldsStamp, choicesFit, averageFits, traceIsGiven,
        ] + training

    private static let nodeSize = PlanRule(["cluster.npus_per_node", "cluster.preset"]) { draft in
        let plan = draft.plan
        guard let most = plan.preset.npusPerNodeMax, plan.npusPerNode > most else { return nil }
        return Complaint(
            seen: "\(plan.npusPerNode) NPUs a node, more than a \(plan.preset.rawValue) server has",
            expected: "at most \(most), or the preset \"custom\""
        )
    }

    private static let parallelDegrees = PlanRule([
        "parallel.ep", "parallel.dp", "model.experts", "cluster.nodes", "cluster.npus_per_node",
        "parallel.tp",
    ]) { draft in
        ParallelChoice(draft).complaint
    }

    /// Without tensor parallelism there is nothing to share.
    private static let groupHasRanks = PlanRule(["exchange.algorithm", "parallel.tp"]) { draft in
        let plan = draft.plan
        guard plan.exchange.algorithm == .groupwise, plan.parallel.tp == 1 else { return nil }
        return Complaint(
            seen: "\"groupwise\" shares an exchange among tensor-parallel ranks, and tp is 1",
            expected: "tp of 2 or more, or another algorithm, like \"auto\""
        )
    }

    /// SMILE's first gate picks a node, its second one of the experts there.
    private static let levelsAreWhole = PlanRule([
        "routing.routers", "model.experts", "cluster.nodes",
    ]) { draft in
        let plan = draft.plan
        guard plan.routing.routers.contains(.smile), !plan.model.experts.isMultiple(of: plan.nodes)
        else { return nil }
        return Complaint(
            seen: "\"smile\" with \(plan.model.experts) experts on \(plan.nodes) nodes",
            expected: "experts to be a multiple of the nodes, or other routers"
        )
    }

    private static let baselineIsCompared = PlanRule(["routing.baseline", "routing.routers"]) {
        draft in
        let routers = draft.plan.routing.routers
        guard let baseline = draft.baseline, !routers.contains(baseline) else { return nil }
        return Complaint(
            seen: "\"\(baseline.rawValue)\" is not among the routers",
            expected: "one of \(routers.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))"
        )
    }

    private static let enoughExperts = PlanRule(["routing.top_k", "model.experts"]) { draft in
        let (topK, experts) = (draft.plan.routing.topK, draft.plan.model.experts)
        guard topK > experts else { return nil }
        return Complaint(
            seen: "a token cannot choose \(topK) of \(experts) experts",
            expected: "top_k to be at most the number of experts"
        )
    }

    /// Each token's payload begins with 16 bytes that say which token it is.
    private static let tokenHoldsStamp = PlanRule(["model.hidden", "model.dtype"]) { draft in
        let model = draft.plan.model
        guard model.tokenBytes.value < 16 else { return nil }
        return Complaint(
            seen: "a token of \(model.hidden) x \(model.dtype.rawValue) has "
                + "\(model.tokenBytes.value) bytes",
            expected: "at least 16 bytes, hidden of \(16 / model.dtype.bytes) or more"
        )
    }

    /// k_max of ada-k is a number of experts.
    private static let choicesFit = PlanRule(["routing.k_max", "model.experts"]) { draft in
        let experts = draft.plan.model.experts
        guard let most = draft.plan.routing.choicesMax, most > experts else { return nil }
        return Complaint(
            seen: "a token cannot choose up to \(most) of \(experts) experts",
            expected: "k_max to be at most the number of experts"
        )
    }

    private static let averageFits = PlanRule([
        "routing.expert_choice_factor", "model.experts",
    ]) { draft in
        let (factor, experts) = (draft.plan.routing.expertChoiceFactor, draft.plan.model.experts)
        // With one expert the default stays sound: an expert takes a token once at most.
        guard factor > max(2, Double(experts)) else { return nil }
        return Complaint(
            seen: "a token cannot get \(TOMLText.number(factor)) of \(experts) experts on average",
            expected: "expert_choice_factor to be at most the number of experts"
        )
    }

    /// The router `trace` and its file come together.
    private static let traceIsGiven = PlanRule(["routing.routers", "routing.trace"]) { draft in
        let routing = draft.plan.routing
        let isPlayed = routing.routers.contains(.trace)
        guard isPlayed != (routing.trace != nil) else { return nil }
        return Complaint(
            seen: isPlayed
                ? "\"trace\" among the routers, and routing.trace names no file"
                : "routing.trace names a file, and \"trace\" is not among the routers",
            expected: "both or neither: --trace FILE gives both"
        )
    }

    private static let floorIsLow = PlanRule([
        "routing.capacity_floor", "routing.capacity_factor", "workload.tokens_per_npu",
        "model.experts", "routing.top_k",
    ]) { draft in
        let routing = draft.plan.routing
        let (tokens, experts) = (draft.plan.workload.tokensPerNPU, draft.plan.model.experts)
        let share = Double(routing.topK * tokens) / Double(experts)
        let capacity = Int((share * routing.capacityFactor).rounded(.up))
        guard routing.capacityFloor > capacity else { return nil }
        return Complaint(
            seen: "a floor of \(routing.capacityFloor) lies above the capacity, \(capacity) "
                + "(top_k x tokens_per_npu / experts x capacity_factor, rounded up)",
            expected: "capacity_floor to be at most \(capacity)"
        )
    }
}
