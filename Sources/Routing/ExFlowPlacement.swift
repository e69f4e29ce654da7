import ClusterModel

/// Where the experts of successive MoE layers live, so that tokens stay on their NPU, else on
/// their node.
///
/// Not a router: routing is as it is. A token that layer l sends to expert a and layer l + 1 to
/// expert b crosses the network between them unless both live together. Each NPU holds the same
/// number of experts of every layer.
/// Source: ExFlow, arXiv 2401.08383, section 4 (an integer programme there).
///
/// Ours: crossings between NPUs count first, those between nodes break ties. With its neighbours
/// fixed, a layer's best placement is a linear assignment of experts to slots, solved exactly;
/// layers take turns until none improves, from several seeded starts, the identity among them.
/// The result is never worse than the identity; it is a local optimum over whole layers.
public struct ExFlowPlacement: Hashable, Sendable {
    /// NPU of each expert, [layers x n].
    public let homes: [[Int]]
    public let crossings: Crossings

    /// Tokens that change place between successive layers.
    public struct Crossings: Hashable, Comparable, Sendable {
        /// Those that change NPU, within a node or between nodes.
        public var npu: Int
        /// Those of them that change node.
        public var node: Int

        public init(npu: Int, node: Int) {
            self.npu = npu
            self.node = node
        }

        public static func < (a: Crossings, b: Crossings) -> Bool {
            (a.npu, a.node) < (b.npu, b.node)
        }
    }

    /// Places the experts for tokens that were profiled.
    ///
    /// - Parameters:
    ///   - profile: the expert of each token in each layer, [layers x tokens].
    ///   - cluster: NPUs, nodes and experts; each count divides the next.
    ///   - seed: of the starts.
    ///   - starts: how many are tried, at least 1.
    /// - Returns: the best placement found.
    public static func place(
        profile: [[Int]],
        on cluster: PlacementShape,
        seed: UInt64,
        starts: Int = 16
    ) -> ExFlowPlacement {
        let flow = ExpertFlow(profile: profile, experts: cluster.experts)
        var best: ExFlowPlacement?
        for start in 0..<max(1, starts) {
            var random = SeededRandom(seed, .placementStarts, UInt64(start))
            var search = PlacementSearch(flow: flow, shape: cluster)
            if start > 0 { search.shuffle(&random) }
            search.improve()
            let found = ExFlowPlacement(
                homes: search.homes,
                crossings: flow.crossings(search.homes, on: cluster)
            )
            if found.crossings < best?.crossings ?? Crossings(npu: .max, node: .max) {
                best = found
            }
        }
        guard let best else { fatalError("no start gave a placement") }
        return best
    }
}

/// NPUs that hold the same number of experts each, in nodes of the same size.
public struct PlacementShape: Hashable, Sendable {
    public let experts: Int
    public let npus: Int
    public let npusPerNode: Int

    /// Stops the process when the counts do not divide each other.
    public init(experts: Int, npus: Int, npusPerNode: Int) {
        invariant(
            npus > 0 && npusPerNode > 0 && experts.isMultiple(of: npus)
                && npus.isMultiple(of: npusPerNode),
            "\(experts) experts on \(npus) NPUs in nodes of \(npusPerNode)"
        )
        self.experts = experts
        self.npus = npus
        self.npusPerNode = npusPerNode
    }

    /// The NPUs of a data-parallel replica: those between which a token's experts are.
    ///
    /// Nil where replicas lie unequally on nodes, so that one placement cannot serve all.
    public init?(_ layout: RankLayout) {
        let npus = layout.parallel.ep
        let perNode = layout.npusPerNode / layout.parallel.tp
        guard npus.isMultiple(of: perNode) || perNode.isMultiple(of: npus) else { return nil }
        self.init(experts: layout.experts, npus: npus, npusPerNode: min(perNode, npus))
    }

    /// Experts of a layer on one NPU.
    public var slots: Int { experts / npus }
}
