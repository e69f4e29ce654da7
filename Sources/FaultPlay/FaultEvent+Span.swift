import ClusterModel
import Faults

extension FaultEvent {
    /// Whether it holds in `step`; what begins or ends at a time or a message is not known by step.
    public func holds(in step: Int) -> Bool {
        guard let first = self.step, step >= first else { return false }
        switch span {
        case .until(.step(let end, _)): return step < end
        case .steps(let count): return step < first + count
        case .forever: return true
        case .time, .until: return false
        }
    }

    /// The rank that says when the point has come that it waits for: the first of those that it
    /// is about.
    func witness(on layout: RankLayout) -> Rank {
        if case .message(_, let from, _) = moment { return from }
        if case .pair(let from, _) = target { return from }
        return ranks(on: layout).first ?? Rank(0)
    }

    /// The ranks whose workers it strikes.
    public func ranks(on layout: RankLayout) -> [Rank] {
        if case .pair = target { [] } else { target.ranks(on: layout) }
    }
}

extension FaultTarget {
    /// The ranks that it names, or both ends of the way that it names.
    func ranks(on layout: RankLayout) -> [Rank] {
        switch self {
        case .npu(let rank): [rank]
        case .pair(let from, let to): [from, to]
        case .node(let node): layout.ranks.filter { layout.node(of: $0) == node }
        case .link, .expert, .coordinator, .cluster, .random: []
        }
    }
}
