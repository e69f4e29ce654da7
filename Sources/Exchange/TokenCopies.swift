// The messages of a layer whose tokens cross to a node once: where each group's bytes lie in them.
//
// Dispatch: a rank has for an NPU one copy of each token that any expert there keeps. The bytes
// cross to the rail NPU of the node, the one at the rank's own place, which hands them on.
// Gather: an NPU has for the rail NPU of each rank one row for each of its copies, what its experts
// made of the token, summed. Return: the rail NPU has for the rank one row for each token, the sum
// over its node. A rank is its own rail NPU on its own node.

import ClusterModel

/// Messages by which each token crosses to a node once, and its sum back.
public struct TokenCopies: Sendable, Equatable {
    public let layout: RankLayout
    /// Of each rank, in order.
    public let groups: [[TokenGroup]]
    public let tokenBytes: Int
    /// Bytes of each message, from row to column; what stays on a rank on the diagonal.
    public let dispatch: TrafficMatrix
    public let gather: TrafficMatrix
    public let returning: TrafficMatrix

    /// `groups`: of each rank; those of ranks that are not known may be empty.
    public init(_ groups: [[TokenGroup]], layout: RankLayout, tokenBytes: Int) {
        self.layout = layout
        self.groups = groups
        self.tokenBytes = tokenBytes
        var dispatch = TrafficMatrix(size: layout.world)
        var gather = dispatch
        var returning = dispatch
        for origin in layout.ranks {
            for group in groups[origin.index] {
                let bytes = group.tokens * tokenBytes
                let rail = layout.rail(of: origin, on: NodeIndex(group.node))
                returning[rail, origin] += bytes
                for final in layout.ranks(of: group) {
                    dispatch[origin, final] += bytes
                    gather[final, rail] += bytes
                }
            }
        }
        self.dispatch = dispatch
        self.gather = gather
        self.returning = returning
    }

    /// The copies that a step's inputs ask for; `nil` where pairs would travel no less.
    public init?(_ inputs: [RankInput], layout: RankLayout, tokenBytes: Int) {
        // Bare exchanges and segments of training say nothing of shared tokens.
        guard inputs.contains(where: { !$0.groups.isEmpty }) else { return nil }
        self.init(inputs.map(\.groups), layout: layout, tokenBytes: tokenBytes)
        let pairs = inputs.reduce(0) { $0 + $1.send.reduce(0, +) }
        let isWhole = inputs.allSatisfy { $0.kept.allSatisfy { $0 == 0 } || !$0.groups.isEmpty }
        guard isWhole, returning.total < pairs else { return nil }
    }

    /// What crosses between nodes at the least.
    ///
    /// Whatever leaves a node leaves it once for each token and node. Here it comes to the rail NPU,
    /// but to which rank of the node is an algorithm's to choose: sums over nodes hold for all.
    public var crossing: TrafficMatrix {
        var matrix = TrafficMatrix(size: layout.world)
        for from in layout.ranks {
            for to in layout.ranks where !layout.areOnOneNode(from, to) {
                matrix[to, from] += returning[from, to]
            }
        }
        return matrix
    }

    /// Bytes of all regions of one rank: what it sends and what it gets, in all three exchanges.
    public func bufferBytes(of rank: Rank) -> Int {
        [dispatch, gather, returning].reduce(0) {
            $0 + $1.row(rank).reduce(0, +) + $1.column(rank).reduce(0, +)
        }
    }

    /// Calls `body` with each group of `origin` that goes to `final`, and where it begins in the
    /// dispatch message.
    public func forEachGroup(
        from origin: Rank,
        to final: Rank,
        _ body: (_ group: Int, _ offset: Int) -> Void
    ) {
        var offset = 0
        for (index, group) in groups[origin.index].enumerated()
        where layout.holds(group, final) {
            body(index, offset)
            offset += group.tokens * tokenBytes
        }
    }

    /// Calls `body` with each group that `final` gathers for the rail NPU `rail`: whose it is, and
    /// where its rows begin in the message.
    public func forEachGathered(
        from final: Rank,
        to rail: Rank,
        _ body: (_ origin: Rank, _ group: Int, _ offset: Int) -> Void
    ) {
        guard layout.areOnOneNode(final, rail) else { return }
        var offset = 0
        for origin in layout.ranks where layout.index(of: origin) == layout.index(of: rail) {
            for (index, group) in groups[origin.index].enumerated()
            where layout.holds(group, final) {
                body(origin, index, offset)
                offset += group.tokens * tokenBytes
            }
        }
    }

    /// Calls `body` with each group of `origin` on the node of `rail`, and where its sums begin in
    /// the message back.
    public func forEachReturned(
        from rail: Rank,
        to origin: Rank,
        _ body: (_ group: Int, _ offset: Int) -> Void
    ) {
        guard layout.index(of: rail) == layout.index(of: origin) else { return }
        var offset = 0
        for (index, group) in groups[origin.index].enumerated()
        where group.node == layout.node(of: rail).index {
            body(index, offset)
            offset += group.tokens * tokenBytes
        }
    }
}

extension RankLayout {
    /// The NPU of a node at a rank's own place, through which its tokens go there.
    public func rail(of rank: Rank, on node: NodeIndex) -> Rank {
        self.rank(on: node, index: index(of: rank))
    }

    /// The ranks that a group goes to.
    public func ranks(of group: TokenGroup) -> [Rank] {
        group.places.map { rank(on: NodeIndex(group.node), index: $0) }
    }

    fileprivate func holds(_ group: TokenGroup, _ rank: Rank) -> Bool {
        group.node == node(of: rank).index && group.goes(to: index(of: rank))
    }
}
