import ClusterModel

/// Top-k by logits, the softmax as score and weight, overflow by position is dropped: what
/// Switch, LocMoE and their relatives do once they have logits.
struct ProbabilityRouting {
    var topK: Int
    var capacity: Capacity

    func assign(_ logits: GateLogits) -> Assignment {
        var pairs = TokenChoice(topK: topK).pairsByProbability(logits)
        let experts = logits.experts
        let slots = capacity.slots(tokens: logits.count, experts: experts, topK: topK)
        PositionTruncation.decide(&pairs, experts: experts, capacity: slots)
        return Assignment(pairs: pairs, experts: experts, capacity: slots)
    }
}
