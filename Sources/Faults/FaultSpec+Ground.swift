import ClusterModel

extension FaultSpec {
    /// What does not fit the cluster and the run: ranks and steps that are not there.
    public func problems(on ground: FaultGround) -> [FaultProblem] {
        targetProblems(ground) + momentProblems(ground) + cutProblems(ground)
    }

    /// Of what cuts nodes off each other: that it cuts any.
    private func cutProblems(_ ground: FaultGround) -> [FaultProblem] {
        let nodes = (0..<ground.nodes).map(NodeIndex.init)
        let cuts: (NodeIndex, NodeIndex) -> Bool
        switch kind {
        case .partition(let partition):
            let node: NodeIndex? = if case .node(let node) = target { node } else { nodes.first }
            cuts = { partition.cuts($0, $1, target: node, nodes: ground.nodes) }
        case .node(.uplinkDown): cuts = { $0 != $1 }
        default: return []
        }
        guard !nodes.contains(where: { a in nodes.contains { cuts(a, $0) } }) else { return [] }
        let seen = "nothing is cut off where there are \(ground.nodes) nodes"
        return [FaultProblem(key: "", seen: seen, expected: "more nodes, or another shape")]
    }

    private func targetProblems(_ ground: FaultGround) -> [FaultProblem] {
        switch target {
        case .npu(let rank): return outside("npu", rank.index, ground.world, "NPUs")
        case .node(let node): return outside("node", node.index, ground.nodes, "nodes")
        case .expert(let expert): return outside("expert", expert.index, ground.experts, "experts")
        case .pair(let from, let to):
            return pairProblems("from", from, "to", to, ground)
        case .link(let link):
            guard !ground.links.contains(link) else { return [] }
            let names = ground.links.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            let seen = "\"\(link.rawValue)\": this cluster has no such links"
            return [FaultProblem(key: "link", seen: seen, expected: "one of \(names)")]
        case .random: return randomProblems(ground)
        case .coordinator, .cluster: return []
        }
    }

    private func randomProblems(_ ground: FaultGround) -> [FaultProblem] {
        guard let sort = kind.traits.targets.first, !ground.has(sort) else { return [] }
        let seen = "\"random\": this cluster has no \(sort.rawValue) to choose from"
        return [FaultProblem(key: "target", seen: seen, expected: "a larger cluster")]
    }

    private func momentProblems(_ ground: FaultGround) -> [FaultProblem] {
        var problems = trigger.at.map { Self.problems("at", $0, ground) } ?? []
        if case .until(let end) = trigger.span { problems += Self.problems("until", end, ground) }
        return problems
    }

    private static func problems(_ key: String, _ moment: FaultMoment, _ ground: FaultGround)
        -> [FaultProblem]
    {
        switch moment {
        case .launch, .time: return []
        case .message(_, let from, let to):
            return pairProblems(key, from, key, to, ground)
        case .step(let step, _):
            guard step >= ground.steps else { return [] }
            let seen = "step \(step) of a run of \(ground.steps) steps, warm-up included"
            return [FaultProblem(key: key, seen: seen, expected: "step 0 to \(ground.steps - 1)")]
        }
    }
}

private func pairProblems(
    _ fromKey: String,
    _ from: Rank,
    _ toKey: String,
    _ to: Rank,
    _ ground: FaultGround
) -> [FaultProblem] {
    let wrong =
        outside(fromKey, from.index, ground.world, "NPUs")
        + outside(toKey, to.index, ground.world, "NPUs")
    guard wrong.isEmpty, from == to else { return wrong }
    let seen = "from \(from) to itself, which no link does"
    return [FaultProblem(key: toKey, seen: seen, expected: "two NPUs")]
}

private func outside(_ key: String, _ index: Int, _ count: Int, _ noun: String) -> [FaultProblem] {
    guard index >= count else { return [] }
    let seen = "\(index) of \(count) \(noun)"
    return [FaultProblem(key: key, seen: seen, expected: "a number from 0 to \(count - 1)")]
}
