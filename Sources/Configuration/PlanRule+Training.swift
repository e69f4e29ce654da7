// What keys must be to one another where routers learn, and what only routers that learn can do.

import ClusterModel
import Faults

extension PlanRule {
    static let training = [
        layersAreLearned, scopeIsLearned, sequencesAreWhole, groupsAreOnNodes, rowsFit,
        pooledSlotsDrop, pooledReplicaIsAlone, tracesAreNotLearned, carriersHaveLayers,
        capacityIsEstimated, adaptationIsLearned, scheduleIsAdaptive,
    ]

    private static let layersAreLearned = PlanRule(["model.layers", "workload.corpus"]) { draft in
        let layers = draft.plan.model.layers
        guard layers > 1, draft.plan.training.corpus == nil else { return nil }
        return Complaint(
            seen: "\(layers) layers, and tokens of a store have features for one",
            expected: "1 layer, or a workload.corpus to learn from"
        )
    }

    private static let scopeIsLearned = PlanRule([
        "routing.capacity_scope", "workload.corpus",
    ]) { draft in
        let plan = draft.plan
        guard plan.routing.capacityScope == .global, plan.training.corpus == nil else {
            return nil
        }
        return Complaint(
            seen: "\"global\" without a text to learn from",
            expected: "\"source\", or a workload.corpus"
        )
    }

    /// A sequence of the text: TrainingText.sequenceLength.
    private static let sequence = 256

    private static let sequencesAreWhole = PlanRule([
        "workload.tokens_per_npu", "workload.corpus",
    ]) { draft in
        let tokens = draft.plan.workload.tokensPerNPU
        guard draft.plan.training.corpus != nil, !tokens.isMultiple(of: sequence) else {
            return nil
        }
        return Complaint(
            seen:
                "\(tokens) tokens are not whole sequences of \(sequence), which routers learn from",
            expected: "a multiple of \(sequence), or workload.corpus = \"\""
        )
    }

    /// The ranks of a tensor-parallel group learn as one, from the text of one node.
    private static let groupsAreOnNodes = PlanRule([
        "parallel.tp", "cluster.npus_per_node", "workload.corpus",
    ]) { draft in
        let (tp, npus) = (draft.plan.parallel.tp, draft.plan.npusPerNode)
        guard draft.plan.training.corpus != nil, !npus.isMultiple(of: tp) else { return nil }
        return Complaint(
            seen:
                "routers that learn in tensor-parallel groups of \(tp) over nodes of \(npus) NPUs",
            expected: "npus_per_node to be a multiple of tp, or workload.corpus = \"\""
        )
    }

    /// The learned model is 128 wide; its values travel inside a token of the emulated size.
    private static let rowsFit = PlanRule([
        "model.hidden", "model.dtype", "training.wire", "workload.corpus",
    ]) { draft in
        let plan = draft.plan
        let needed = 24 + 128 * plan.training.wire.bytes
        guard plan.training.corpus != nil, plan.model.tokenBytes.value < needed else { return nil }
        return Complaint(
            seen: "a token of \(plan.model.tokenBytes.value) bytes, and what is learned needs "
                + "\(needed): 24 of header, 128 values of \(plan.training.wire.rawValue)",
            expected:
                "model.hidden of \((needed + plan.model.dtype.bytes - 1) / plan.model.dtype.bytes)"
                + " or more"
        )
    }

    private static let pooledSlotsDrop = PlanRule([
        "routing.capacity_scope", "routing.policy",
    ]) { draft in
        let routing = draft.plan.routing
        guard routing.capacityScope == .global, routing.policy == .reroute else { return nil }
        return Complaint(
            seen: "\"global\" slots with the policy \"reroute\"",
            expected: "\"drop\": who is refused cannot ask again"
        )
    }

    private static let pooledReplicaIsAlone = PlanRule([
        "routing.capacity_scope", "parallel.ep", "parallel.dp",
    ]) { draft in
        guard draft.plan.routing.capacityScope == .global else { return nil }
        let dp = ParallelChoice(draft).degrees.dp
        guard dp > 1 else { return nil }
        return Complaint(
            seen: "\"global\" slots of experts that live in \(dp) replicas",
            expected: "\"source\", or ep such that dp is 1"
        )
    }

    private static let tracesAreNotLearned = PlanRule([
        "routing.trace", "workload.corpus",
    ]) { draft in
        let plan = draft.plan
        guard plan.routing.trace != nil, plan.training.corpus != nil else { return nil }
        return Complaint(
            seen: "a trace is replayed beside routers that learn",
            expected: "one of them: workload.corpus = \"\", or no trace"
        )
    }

    private static let carriersHaveLayers = PlanRule([
        "model.layers", "routing.routers", "workload.corpus",
    ]) { draft in
        let plan = draft.plan
        let carriers = plan.routing.routers.filter { [.rmoe, .preGated].contains($0) }
        guard let carrier = carriers.first, plan.training.corpus != nil, plan.model.layers < 2
        else { return nil }
        return Complaint(
            seen:
                "\"\(carrier.rawValue)\" carries what it decides from layer to layer, and there is "
                + "\(plan.model.layers)",
            expected: "2 layers or more, other routers, or workload.corpus = \"\""
        )
    }

    /// Every rule but the conventional one needs estimates over all ranks, which steps of training
    /// make.
    private static let capacityIsEstimated = PlanRule([
        "routing.capacity_rule", "workload.corpus",
    ]) { draft in
        guard let rule = draft.plan.routing.capacityRule, rule != .conventional,
            draft.plan.training.corpus == nil
        else { return nil }
        return Complaint(
            seen: "\"\(rule.rawValue)\" needs estimates of all ranks, which only steps make that "
                + "routers learn from",
            expected: "\"auto\", \"conventional\", or a workload.corpus; moecluster route knows "
                + "the others, too"
        )
    }

    private static let adaptationIsLearned = PlanRule([
        "routing.mode", "workload.corpus",
    ]) { draft in
        guard draft.plan.routing.mode == .adaptive, draft.plan.training.corpus == nil else {
            return nil
        }
        return Complaint(
            seen: "\"adaptive\" without a text to learn from",
            expected: "\"tcr\", \"ecr\", or a workload.corpus"
        )
    }

    private static let scheduleIsAdaptive = PlanRule([
        "routing.expert_choice_from", "routing.mode",
    ]) { draft in
        let routing = draft.plan.routing
        guard let step = routing.expertChoiceFrom, routing.mode != .adaptive else { return nil }
        return Complaint(
            seen: "expert choice from step \(step) on in the mode \"\(routing.mode.rawValue)\"",
            expected: "the mode \"adaptive\", or \"auto\""
        )
    }
}
