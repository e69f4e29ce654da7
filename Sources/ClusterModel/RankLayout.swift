/// Where ranks and experts are: TP innermost, then EP, then DP; nodes are runs of ranks.
public struct RankLayout: Hashable, Sendable {
    public let nodes: Int
    public let npusPerNode: Int
    public let parallel: ParallelDegrees
    public let experts: Int

    public init(_ plan: ClusterPlan) {
        self.init(
            nodes: plan.nodes,
            npusPerNode: plan.npusPerNode,
            parallel: plan.parallel,
            experts: plan.model.experts
        )
    }

    /// `experts` must be a multiple of EP, the world TP x EP x DP: Configuration has checked it.
    public init(nodes: Int, npusPerNode: Int, parallel: ParallelDegrees, experts: Int) {
        invariant(
            parallel.tp * parallel.ep * parallel.dp == nodes * npusPerNode,
            "tp \(parallel.tp) x ep \(parallel.ep) x dp \(parallel.dp) is not \(nodes) x \(npusPerNode)"
        )
        invariant(
            experts % parallel.ep == 0,
            "\(experts) experts do not divide over ep \(parallel.ep)"
        )
        self.nodes = nodes
        self.npusPerNode = npusPerNode
        self.parallel = parallel
        self.experts = experts
    }

    public var world: Int { nodes * npusPerNode }
    public var ranks: [Rank] { (0..<world).map(Rank.init) }

    public func node(of rank: Rank) -> NodeIndex { NodeIndex(rank.index / npusPerNode) }

    /// The first rank of each tensor-parallel group: all of a group read the same tokens.
    public var leaders: [Rank] { ranks.filter { leader(of: $0) == $0 } }

    /// The first rank of a rank's tensor-parallel group.
    public func leader(of rank: Rank) -> Rank { Rank(rank.index / parallel.tp * parallel.tp) }

    /// The cluster with every tensor-parallel group as one rank.
    ///
    /// The ranks of a group hold the same tokens and the same experts, so what is learned is
    /// learned by groups. None may reach over two nodes: Configuration has checked it.
    public var groups: RankLayout {
        RankLayout(
            nodes: nodes,
            npusPerNode: npusPerNode / parallel.tp,
            parallel: ParallelDegrees(tp: 1, ep: parallel.ep, dp: parallel.dp),
            experts: experts
        )
    }

    /// A rank's tensor-parallel group: its number in `groups`.
    public func group(of rank: Rank) -> Rank { Rank(rank.index / parallel.tp) }

    /// The first rank of a tensor-parallel group, given its number in `groups`.
    public func leader(ofGroup group: Rank) -> Rank { Rank(group.index * parallel.tp) }

    /// The tensor-parallel groups of ranks: their numbers in `groups`.
    public func groups(of ranks: Set<Rank>) -> Set<Rank> { Set(ranks.map(group(of:))) }

    /// These ranks and all others of their tensor-parallel groups.
    public func wholeGroups(of ranks: Set<Rank>) -> Set<Rank> {
        let size = parallel.tp
        return Set(
            ranks.flatMap { rank in (0..<size).map { Rank(rank.index / size * size + $0) } }
        )
    }

    /// The ranks that stand at each place of their tensor-parallel groups, [places]: one of every
    /// group.
    public var twins: [[Rank]] {
        (0..<parallel.tp).map { place in ranks.filter { $0.index % parallel.tp == place } }
    }

    /// The place of a rank in its node.
    public func index(of rank: Rank) -> Int { rank.index % npusPerNode }

    /// The rank at a place of a node.
    public func rank(on node: NodeIndex, index: Int) -> Rank {
        Rank(node.index * npusPerNode + index)
    }

    public func areOnOneNode(_ a: Rank, _ b: Rank) -> Bool { node(of: a) == node(of: b) }

    public var expertsPerRank: Int { experts / parallel.ep }

    /// The experts that live on `rank`, a run of `expertsPerRank`.
    public func localExperts(of rank: Rank) -> Range<Int> {
        let position = (rank.index / parallel.tp) % parallel.ep
        return position * expertsPerRank..<(position + 1) * expertsPerRank
    }

    /// The rank that computes `expert` for the tokens of `source`: the one in its own
    /// data-parallel replica, at its own place of the TP group.
    public func home(of expert: ExpertIndex, for source: Rank) -> Rank {
        let group = parallel.tp * parallel.ep
        let replica = source.index / group * group
        let position = expert.index / expertsPerRank
        return Rank(replica + position * parallel.tp + source.index % parallel.tp)
    }
}
